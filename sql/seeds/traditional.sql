-- Traditional: one preceptor for all days of a clerkship, and one health system throughout.

INSERT INTO health_systems BY NAME
SELECT seed_id('health system', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Riverside Health',    'RH',  'Riverside',  'The school''s oldest partner.'),
    ('Metro Medical Group', 'MMG', 'Metro City', NULL)
) AS v (name, abbreviation, location, notes)
CROSS JOIN stamp;

INSERT INTO sites BY NAME
SELECT
    seed_id('site', v.name) AS id,
    health_system_named(v.system) AS health_system_id,
    v.* EXCLUDE (system),
    stamp.*
FROM (VALUES
    ('Riverside Health',    'Riverside General Hospital', 'hospital', '100 River Road, Riverside'),
    ('Riverside Health',    'Riverside Family Clinic',    'clinic',   '12 Mill Lane, Riverside'),
    ('Metro Medical Group', 'Metro University Hospital',  'hospital', '1 University Plaza, Metro City'),
    ('Metro Medical Group', 'Westside Clinic',            'clinic',   '480 West Avenue, Metro City')
) AS v (system, name, site_type, address)
CROSS JOIN stamp;

INSERT INTO preceptors BY NAME
SELECT
    seed_id('preceptor', v.name) AS id,
    v.* EXCLUDE (system, site),
    health_system_named(v.system) AS health_system_id,
    site_named(v.system, v.site) AS site_id,
    stamp.*
FROM (VALUES
    ('Dr. Amara Okafor',     'amara.okafor@riverside.example',  'Family Medicine',   1, 'Riverside Health',    'Riverside Family Clinic'),
    ('Dr. Benjamin Cole',    'benjamin.cole@riverside.example', 'Family Medicine',   1, 'Riverside Health',    'Riverside Family Clinic'),
    ('Dr. Carmen Ruiz',      'carmen.ruiz@riverside.example',   'Family Medicine',   1, 'Riverside Health',    NULL),
    ('Dr. David Lindqvist',  'david.lindqvist@metro.example',   'Family Medicine',   1, 'Metro Medical Group', 'Westside Clinic'),
    ('Dr. Elena Petrova',    'elena.petrova@metro.example',     'Family Medicine',   1, 'Metro Medical Group', 'Westside Clinic'),
    ('Dr. Farid Haddad',     'farid.haddad@metro.example',      'Family Medicine',   1, 'Metro Medical Group', 'Westside Clinic'),
    ('Dr. Grace Kim',        'grace.kim@riverside.example',     'Surgery',           1, 'Riverside Health',    'Riverside General Hospital'),
    ('Dr. Henry Walsh',      'henry.walsh@riverside.example',   'Surgery',           1, 'Riverside Health',    'Riverside General Hospital'),
    ('Dr. Ingrid Sorensen',  'ingrid.sorensen@metro.example',   'Surgery',           1, 'Metro Medical Group', 'Metro University Hospital'),
    ('Dr. Jamal Washington', 'jamal.washington@metro.example',  'Surgery',           1, 'Metro Medical Group', 'Metro University Hospital'),
    ('Dr. Keiko Tanaka',     'keiko.tanaka@riverside.example',  'Internal Medicine', 1, 'Riverside Health',    'Riverside General Hospital'),
    ('Dr. Liam Byrne',       'liam.byrne@riverside.example',    'Internal Medicine', 1, 'Riverside Health',    'Riverside General Hospital'),
    ('Dr. Maria Santos',     'maria.santos@riverside.example',  'Internal Medicine', 1, 'Riverside Health',    'Riverside Family Clinic'),
    ('Dr. Noah Feldman',     'noah.feldman@metro.example',      'Internal Medicine', 1, 'Metro Medical Group', 'Metro University Hospital'),
    ('Dr. Olivia Grant',     'olivia.grant@metro.example',      'Internal Medicine', 1, 'Metro Medical Group', 'Metro University Hospital')
) AS v (name, email, specialty, max_students, system, site)
CROSS JOIN stamp;

INSERT INTO clerkships BY NAME
SELECT seed_id('clerkship', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Family Medicine',   'Family Medicine',   60, 'Primary care of patients of every age, in the clinic.'),
    ('Surgery',           'Surgery',           45, 'Before, during and after the operation.'),
    ('Internal Medicine', 'Internal Medicine', 60, 'Adults in hospital, from admission to discharge.')
) AS v (name, specialty, required_days, description)
CROSS JOIN stamp;

INSERT INTO clerkship_configurations BY NAME
SELECT
    seed_id('configuration', v.clerkship) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine',   'continuous_single', 'single', 'enforce_same_system', TRUE),
    ('Surgery',           'continuous_single', 'single', 'enforce_same_system', TRUE),
    ('Internal Medicine', 'continuous_single', 'single', 'enforce_same_system', FALSE)
) AS v (clerkship, assignment_strategy, requirement_structure, health_system_continuity, fallbacks_allowed)
CROSS JOIN stamp;

INSERT INTO clerkship_requirements BY NAME
SELECT
    seed_id('requirement', v.clerkship || ', ' || v.requirement_type) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine',   'outpatient', 60, 'continuous_single'),
    ('Surgery',           'inpatient',  45, 'continuous_single'),
    ('Internal Medicine', 'inpatient',  60, 'continuous_single')
) AS v (clerkship, requirement_type, required_days, assignment_mode)
CROSS JOIN stamp;

-- Every preceptor takes one student a day and three a year, whatever the clerkship.
INSERT INTO preceptor_capacity_rules BY NAME
SELECT
    seed_id('capacity rule', preceptors.name) AS id,
    preceptors.id AS preceptor_id,
    1 AS max_students_per_day,
    3 AS max_students_per_year,
    stamp.*
FROM preceptors
CROSS JOIN stamp;

-- For emergencies only, so each needs approval.
INSERT INTO preceptor_fallbacks BY NAME
SELECT
    seed_id('fallback', v.primary_preceptor || ', ' || v.fallback_preceptor) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    preceptor_named(v.primary_preceptor) AS primary_preceptor_id,
    preceptor_named(v.fallback_preceptor) AS fallback_preceptor_id,
    v.* EXCLUDE (clerkship, primary_preceptor, fallback_preceptor),
    stamp.*
FROM (VALUES
    ('Surgery', 'Dr. Grace Kim',    'Dr. Henry Walsh',   1, TRUE),
    (NULL,      'Dr. Amara Okafor', 'Dr. Benjamin Cole', 1, TRUE)
) AS v (clerkship, primary_preceptor, fallback_preceptor, priority, requires_approval)
CROSS JOIN stamp;
