-- Longitudinal: half-year clerkships side by side, each a day a week beside one preceptor, by defaults of the school.

INSERT INTO health_systems BY NAME
SELECT seed_id('health system', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Northern Lakes Health', 'NLH', 'Lakeside',  'Most preceptors of the program.'),
    ('Hillcrest Clinics',     'HC',  'Hillcrest', NULL)
) AS v (name, abbreviation, location, notes)
CROSS JOIN stamp;

INSERT INTO sites BY NAME
SELECT
    seed_id('site', v.name) AS id,
    health_system_named(v.system) AS health_system_id,
    v.* EXCLUDE (system),
    stamp.*
FROM (VALUES
    ('Northern Lakes Health', 'Lakes General Hospital',  'hospital', '1 Shore Road, Lakeside'),
    ('Northern Lakes Health', 'Lakes Family Clinic',     'clinic',   '9 Market Square, Lakeside'),
    ('Northern Lakes Health', 'Lakes Counseling Center', 'other',    '15 Park Street, Lakeside'),
    ('Hillcrest Clinics',     'Hillcrest Hospital',      'hospital', '200 Ridge Road, Hillcrest'),
    ('Hillcrest Clinics',     'Hillcrest Clinic',        'clinic',   '18 Orchard Lane, Hillcrest')
) AS v (system, name, site_type, address)
CROSS JOIN stamp;

-- Some teach on some days of the year only; Dr. Quentin Rowe has retired and stands in where he is needed.
INSERT INTO preceptors BY NAME
SELECT
    seed_id('preceptor', v.name) AS id,
    v.* EXCLUDE (system, site),
    health_system_named(v.system) AS health_system_id,
    site_named(v.system, v.site) AS site_id,
    stamp.*
FROM (VALUES
    ('Dr. Abena Darko',     'abena.darko@lakes.example',      'Family Medicine',   1, NULL, FALSE, 'Northern Lakes Health', 'Lakes Family Clinic'),
    ('Dr. Bruno Keller',    'bruno.keller@lakes.example',     'Family Medicine',   1, 60,   FALSE, 'Northern Lakes Health', 'Lakes Family Clinic'),
    ('Dr. Chitra Rao',      'chitra.rao@hillcrest.example',   'Family Medicine',   2, NULL, FALSE, 'Hillcrest Clinics',     'Hillcrest Clinic'),
    ('Dr. Dmitri Orlov',    NULL,                             'Family Medicine',   1, 30,   FALSE, 'Hillcrest Clinics',     'Hillcrest Clinic'),
    ('Dr. Esther Cohen',    'esther.cohen@lakes.example',     'Internal Medicine', 2, NULL, FALSE, 'Northern Lakes Health', 'Lakes General Hospital'),
    ('Dr. Felix Braun',     'felix.braun@lakes.example',      'Internal Medicine', 1, NULL, FALSE, 'Northern Lakes Health', 'Lakes General Hospital'),
    ('Dr. Giulia Ferri',    'giulia.ferri@hillcrest.example', 'Internal Medicine', 1, 80,   FALSE, 'Hillcrest Clinics',     'Hillcrest Hospital'),
    ('Dr. Hassan Malik',    'hassan.malik@hillcrest.example', 'Internal Medicine', 1, NULL, FALSE, 'Hillcrest Clinics',     'Hillcrest Hospital'),
    ('Dr. Ines Carvalho',   'ines.carvalho@lakes.example',    'Pediatrics',        1, NULL, FALSE, 'Northern Lakes Health', 'Lakes Family Clinic'),
    ('Dr. Jonas Weber',     'jonas.weber@lakes.example',      'Pediatrics',        1, NULL, FALSE, 'Northern Lakes Health', 'Lakes General Hospital'),
    ('Dr. Kavya Menon',     NULL,                             'Pediatrics',        1, 90,   FALSE, 'Hillcrest Clinics',     'Hillcrest Clinic'),
    ('Dr. Lars Nyström',    'lars.nystrom@lakes.example',     'Surgery',           1, NULL, FALSE, 'Northern Lakes Health', 'Lakes General Hospital'),
    ('Dr. Mona Haddad',     'mona.haddad@lakes.example',      'Surgery',           1, NULL, FALSE, 'Northern Lakes Health', 'Lakes General Hospital'),
    ('Dr. Nuno Teixeira',   'nuno.teixeira@hillcrest.example', 'Surgery',          1, NULL, FALSE, 'Hillcrest Clinics',     'Hillcrest Hospital'),
    ('Dr. Olga Sidorova',   'olga.sidorova@lakes.example',    'Psychiatry',        2, NULL, FALSE, 'Northern Lakes Health', 'Lakes Counseling Center'),
    ('Dr. Paul Achterberg', 'paul.achterberg@lakes.example',  'Psychiatry',        2, 110,  FALSE, 'Northern Lakes Health', 'Lakes Counseling Center'),
    ('Dr. Quentin Rowe',    NULL,                             'Psychiatry',        1, NULL, TRUE,  'Northern Lakes Health', NULL)
) AS v (name, email, specialty, max_students, teaching_days_per_year, fallback_only, system, site)
CROSS JOIN stamp;

INSERT INTO preceptor_specialties BY NAME
SELECT
    seed_id('specialty', v.preceptor || ', ' || v.specialty) AS id,
    preceptor_named(v.preceptor) AS preceptor_id,
    v.* EXCLUDE (preceptor),
    stamp.*
FROM (VALUES
    ('Dr. Abena Darko', 'Pediatrics'),
    ('Dr. Jonas Weber', 'Neonatology'),
    ('Dr. Kavya Menon', 'Adolescent Medicine')
) AS v (preceptor, specialty)
CROSS JOIN stamp;

INSERT INTO preceptor_sites BY NAME
SELECT
    seed_id('further site', v.preceptor || ', ' || v.site) AS id,
    preceptor_named(v.preceptor) AS preceptor_id,
    health_system_named(v.system) AS health_system_id,
    site_named(v.system, v.site) AS site_id,
    stamp.*
FROM (VALUES
    ('Dr. Ines Carvalho', 'Northern Lakes Health', 'Lakes General Hospital'),
    ('Dr. Hassan Malik',  'Hillcrest Clinics',     'Hillcrest Clinic')
) AS v (preceptor, system, site)
CROSS JOIN stamp;

INSERT INTO clerkships BY NAME
SELECT seed_id('clerkship', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Family Medicine',   'Family Medicine',   26, NULL, 'A day a week for half a year in one practice.'),
    ('Internal Medicine', 'Internal Medicine', 32, NULL, 'A day a week in the clinic, and a week in the hospital.'),
    ('Pediatrics',        'Pediatrics',        36, NULL, 'A day a week in the clinic, and two electives.'),
    ('Surgery',           'Surgery',           30, 4,    'A day a week, in the clinic and in the operating room.'),
    ('Psychiatry',        'Psychiatry',        26, NULL, 'A day a week with a team of two.')
) AS v (name, specialty, required_days, max_students_at_once, description)
CROSS JOIN stamp;

-- What every clerkship inherits.
INSERT INTO school_defaults BY NAME
SELECT seed_id('default', v.requirement_type) AS id, v.*, stamp.*
FROM (VALUES
    ('outpatient', 'continuous_single', 'enforce_same_system', NULL, NULL,  TRUE,  NULL, NULL, TRUE,  1,     3),
    ('inpatient',  'daily_rotation',    'enforce_same_system', 5,    FALSE, FALSE, 2,    4,    FALSE, 2,    12),
    ('elective',   'block_based',       'no_preference',       5,    FALSE, NULL,  NULL, NULL, FALSE, NULL,  8)
) AS v (
    requirement_type, assignment_mode, health_system_continuity, block_size_days, allow_partial_blocks,
    prefer_continuous_blocks, team_size_min, team_size_max, fallbacks_allowed, max_students_per_day, max_students_per_year
)
CROSS JOIN stamp;

INSERT INTO clerkship_configurations BY NAME
SELECT
    seed_id('configuration', v.clerkship) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine',   NULL,     'single', NULL),
    ('Internal Medicine', 'hybrid', 'split',  NULL),
    ('Pediatrics',        'hybrid', 'split',  NULL),
    ('Surgery',           NULL,     'split',  4),
    ('Psychiatry',        NULL,     'single', NULL)
) AS v (clerkship, assignment_strategy, requirement_structure, max_students_per_year)
CROSS JOIN stamp;

-- In surgery a student chooses how many of the days are spent in the operating room.
INSERT INTO clerkship_requirements BY NAME
SELECT
    seed_id('requirement', v.clerkship || ', ' || v.requirement_type || v.part) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine',   'outpatient', '',               26, NULL, NULL,              NULL, NULL, NULL),
    ('Internal Medicine', 'outpatient', '',               26, NULL, NULL,              NULL, NULL, NULL),
    ('Internal Medicine', 'inpatient',  'ward',            4, NULL, NULL,              NULL, 2,    4),
    ('Internal Medicine', 'inpatient',  'night float',     2, NULL, 'block_based',     2,    NULL, 1),
    ('Pediatrics',        'outpatient', '',               26, NULL, NULL,              NULL, NULL, NULL),
    ('Pediatrics',        'elective',   '',               10, NULL, NULL,              NULL, NULL, NULL),
    ('Surgery',           'outpatient', '',               24, 20,   NULL,              NULL, NULL, NULL),
    ('Surgery',           'inpatient',  'operating room', 10, 6,    NULL,              NULL, NULL, NULL),
    ('Psychiatry',        'outpatient', '',               26, NULL, 'continuous_team', NULL, NULL, NULL)
) AS v (
    clerkship, requirement_type, part, required_days, minimum_days, assignment_mode, block_size_days,
    preceptors_min, preceptors_max
)
CROSS JOIN stamp;

INSERT INTO requirement_sites BY NAME
SELECT
    seed_id('allowed site', v.clerkship || ', ' || v.part || ', ' || v.site) AS id,
    clerkship_requirements.id AS requirement_id,
    site_named(v.system, v.site) AS site_id,
    stamp.*
FROM (VALUES
    ('Internal Medicine', 'ward',           'Northern Lakes Health', 'Lakes General Hospital'),
    ('Internal Medicine', 'ward',           'Hillcrest Clinics',     'Hillcrest Hospital'),
    ('Internal Medicine', 'night float',    'Northern Lakes Health', 'Lakes General Hospital'),
    ('Internal Medicine', 'night float',    'Hillcrest Clinics',     'Hillcrest Hospital'),
    ('Surgery',           'operating room', 'Northern Lakes Health', 'Lakes General Hospital'),
    ('Surgery',           'operating room', 'Hillcrest Clinics',     'Hillcrest Hospital')
) AS v (clerkship, part, system, site)
INNER JOIN clerkship_requirements
    ON clerkship_named(v.clerkship) = clerkship_requirements.clerkship_id AND v.part = clerkship_requirements.part
CROSS JOIN stamp;

INSERT INTO clerkship_electives BY NAME
SELECT
    seed_id('elective', v.clerkship || ', ' || v.name) AS id,
    configuration_of(v.clerkship) AS configuration_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Pediatrics', 'Neonatology',         5, 'Neonatology', TRUE),
    ('Pediatrics', 'Adolescent Medicine', 5, NULL,          FALSE)
) AS v (clerkship, name, minimum_days, specialty, is_required)
CROSS JOIN stamp;

INSERT INTO elective_preceptors BY NAME
SELECT
    seed_id('elective teacher', v.elective || ', ' || v.preceptor) AS id,
    clerkship_electives.id AS elective_id,
    preceptor_named(v.preceptor) AS preceptor_id,
    stamp.*
FROM (VALUES
    ('Adolescent Medicine', 'Dr. Kavya Menon'),
    ('Adolescent Medicine', 'Dr. Abena Darko')
) AS v (elective, preceptor)
INNER JOIN clerkship_electives ON v.elective = clerkship_electives.name
CROSS JOIN stamp;

INSERT INTO preceptor_teams BY NAME
SELECT
    seed_id('team', v.name) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES ('Psychiatry', 'Lakes Psychiatry', TRUE, TRUE)) AS v (
    clerkship, name, require_same_health_system, require_same_specialty
)
CROSS JOIN stamp;

INSERT INTO preceptor_team_members BY NAME
SELECT
    seed_id('member', v.team || ', ' || v.preceptor) AS id,
    team_named(v.team) AS team_id,
    preceptor_named(v.preceptor) AS preceptor_id,
    v.* EXCLUDE (team, preceptor),
    stamp.*
FROM (VALUES
    ('Lakes Psychiatry', 'Dr. Olga Sidorova',   'lead',   1, FALSE),
    ('Lakes Psychiatry', 'Dr. Paul Achterberg', 'member', 2, FALSE),
    ('Lakes Psychiatry', 'Dr. Quentin Rowe',    'member', 3, TRUE)
) AS v (team, preceptor, role, priority, fallback_only)
CROSS JOIN stamp;

INSERT INTO preceptor_fallbacks BY NAME
SELECT
    seed_id('fallback', v.primary_preceptor || ', ' || v.fallback_preceptor) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    preceptor_named(v.primary_preceptor) AS primary_preceptor_id,
    preceptor_named(v.fallback_preceptor) AS fallback_preceptor_id,
    v.* EXCLUDE (clerkship, primary_preceptor, fallback_preceptor),
    stamp.*
FROM (VALUES
    ('Psychiatry',      'Dr. Olga Sidorova', 'Dr. Quentin Rowe', 1),
    ('Family Medicine', 'Dr. Abena Darko',   'Dr. Bruno Keller', 1)
) AS v (clerkship, primary_preceptor, fallback_preceptor, priority)
CROSS JOIN stamp;

-- Only who differs from the defaults has a rule: two take more students in the hospital, one fewer in all.
INSERT INTO preceptor_capacity_rules BY NAME
SELECT
    seed_id('capacity rule', v.preceptor || coalesce(', ' || v.requirement_type, '')) AS id,
    preceptor_named(v.preceptor) AS preceptor_id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (preceptor, clerkship),
    stamp.*
FROM (VALUES
    ('Dr. Esther Cohen',  NULL,                'inpatient',  2, 16),
    ('Dr. Hassan Malik',  'Internal Medicine', 'inpatient',  1, 10),
    ('Dr. Hassan Malik',  'Internal Medicine', NULL,         1,  2),
    ('Dr. Olga Sidorova', NULL,                NULL,         2,  6),
    ('Dr. Jonas Weber',   NULL,                'elective',   1,  8),
    ('Dr. Chitra Rao',    'Family Medicine',   'outpatient', 1,  3),
    ('Dr. Dmitri Orlov',  NULL,                NULL,         1,  1)
) AS v (preceptor, clerkship, requirement_type, max_students_per_day, max_students_per_year)
CROSS JOIN stamp;

INSERT INTO site_capacity_rules BY NAME
SELECT
    seed_id('site capacity', v.site || coalesce(', ' || v.clerkship, '')) AS id,
    site_named(v.system, v.site) AS site_id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (system, site, clerkship),
    stamp.*
FROM (VALUES
    ('Northern Lakes Health', 'Lakes General Hospital', NULL,      8,    40),
    ('Northern Lakes Health', 'Lakes General Hospital', 'Surgery', 2,     3),
    ('Northern Lakes Health', 'Lakes Family Clinic',    NULL,      3,  NULL)
) AS v (system, site, clerkship, max_students_per_day, max_students_per_year)
CROSS JOIN stamp;
