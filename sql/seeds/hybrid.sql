-- Hybrid: one clerkship mixes a continuous part, blocks and electives; one is scheduled in blocks alone.

INSERT INTO health_systems BY NAME
SELECT seed_id('health system', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Harbor Health',         'HH',  'Port Harbor',  NULL),
    ('Summit Medical Center', 'SMC', 'Summit',       'The university''s own hospital.'),
    ('Valley Care Alliance',  'VCA', 'Green Valley', NULL)
) AS v (name, abbreviation, location, notes)
CROSS JOIN stamp;

INSERT INTO sites BY NAME
SELECT
    seed_id('site', v.name) AS id,
    health_system_named(v.system) AS health_system_id,
    v.* EXCLUDE (system),
    stamp.*
FROM (VALUES
    ('Harbor Health',         'Harbor General Hospital',         'hospital', '1 Pier Street, Port Harbor'),
    ('Harbor Health',         'Harbor Children''s Clinic',       'clinic',   '22 Dock Road, Port Harbor'),
    ('Summit Medical Center', 'Summit University Hospital',      'hospital', '500 College Hill, Summit'),
    ('Summit Medical Center', 'Summit Internal Medicine Clinic', 'clinic',   '510 College Hill, Summit'),
    ('Summit Medical Center', 'Summit Simulation Center',        'other',    '520 College Hill, Summit'),
    ('Valley Care Alliance',  'Valley Regional Hospital',        'hospital', '60 Meadow Road, Green Valley'),
    ('Valley Care Alliance',  'Valley Clinic',                   'clinic',   '4 Station Street, Green Valley')
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
    ('Dr. Adaeze Nwosu',    'adaeze.nwosu@harbor.example',    'Internal Medicine',         2, 'Harbor Health',         'Harbor General Hospital'),
    ('Dr. Boris Ivanov',    'boris.ivanov@harbor.example',    'Internal Medicine',         2, 'Harbor Health',         'Harbor General Hospital'),
    ('Dr. Clara Jensen',    'clara.jensen@harbor.example',    'Surgery',                   2, 'Harbor Health',         'Harbor General Hospital'),
    ('Dr. Darius Moore',    'darius.moore@harbor.example',    'Surgery',                   2, 'Harbor Health',         'Harbor General Hospital'),
    ('Dr. Eva Lindgren',    'eva.lindgren@harbor.example',    'Pediatrics',                2, 'Harbor Health',         'Harbor Children''s Clinic'),
    ('Dr. Francisco Vega',  'francisco.vega@harbor.example',  'Pediatrics',                2, 'Harbor Health',         'Harbor Children''s Clinic'),
    ('Dr. Gemma Doyle',     'gemma.doyle@harbor.example',     'Pediatrics',                2, 'Harbor Health',         'Harbor Children''s Clinic'),
    ('Dr. Hiroshi Sato',    'hiroshi.sato@harbor.example',    'Obstetrics and Gynecology', 2, 'Harbor Health',         'Harbor General Hospital'),
    ('Dr. Isabel Marques',  'isabel.marques@harbor.example',  'Cardiology',                1, 'Harbor Health',         'Harbor General Hospital'),
    ('Dr. Jacob Stein',     'jacob.stein@summit.example',     'Internal Medicine',         2, 'Summit Medical Center', 'Summit University Hospital'),
    ('Dr. Karima Benali',   'karima.benali@summit.example',   'Internal Medicine',         2, 'Summit Medical Center', 'Summit Internal Medicine Clinic'),
    ('Dr. Leo Fischer',     'leo.fischer@summit.example',     'Surgery',                   2, 'Summit Medical Center', 'Summit University Hospital'),
    ('Dr. Mei Zhang',       'mei.zhang@summit.example',       'Surgery',                   1, 'Summit Medical Center', 'Summit University Hospital'),
    ('Dr. Nadia Popescu',   'nadia.popescu@summit.example',   'Pediatrics',                2, 'Summit Medical Center', 'Summit University Hospital'),
    ('Dr. Oscar Lund',      'oscar.lund@summit.example',      'Obstetrics and Gynecology', 2, 'Summit Medical Center', 'Summit University Hospital'),
    ('Dr. Patience Mensah', 'patience.mensah@summit.example', 'Nephrology',                1, 'Summit Medical Center', 'Summit University Hospital'),
    ('Dr. Rafael Ortega',   'rafael.ortega@summit.example',   'Orthopedic Surgery',        2, 'Summit Medical Center', 'Summit Simulation Center'),
    ('Dr. Sofia Conti',     'sofia.conti@valley.example',     'Internal Medicine',         1, 'Valley Care Alliance',  'Valley Clinic'),
    ('Dr. Thomas Abebe',    'thomas.abebe@valley.example',    'Internal Medicine',         2, 'Valley Care Alliance',  'Valley Regional Hospital'),
    ('Dr. Ursula Brandt',   'ursula.brandt@valley.example',   'Surgery',                   2, 'Valley Care Alliance',  'Valley Regional Hospital'),
    ('Dr. Victor Oduya',    'victor.oduya@valley.example',    'Pediatrics',                2, 'Valley Care Alliance',  'Valley Clinic'),
    ('Dr. Wendy Clarke',    'wendy.clarke@valley.example',    'Obstetrics and Gynecology', 2, 'Valley Care Alliance',  'Valley Regional Hospital'),
    ('Dr. Yara Nasser',     'yara.nasser@valley.example',     'Anesthesiology',            1, 'Valley Care Alliance',  'Valley Regional Hospital')
) AS v (name, email, specialty, max_students, system, site)
CROSS JOIN stamp;

INSERT INTO clerkships BY NAME
SELECT seed_id('clerkship', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Internal Medicine',         'Internal Medicine',         70, 'Clinic, ward and a choice of electives.'),
    ('Surgery',                   'Surgery',                   60, 'Clinic, operating room and a choice of electives.'),
    ('Pediatrics',                'Pediatrics',                50, 'A clinic team first, then the children''s ward.'),
    ('Obstetrics and Gynecology', 'Obstetrics and Gynecology', 42, 'Three blocks: labor ward, gynecology, clinic.')
) AS v (name, specialty, required_days, description)
CROSS JOIN stamp;

INSERT INTO clerkship_configurations BY NAME
SELECT
    seed_id('configuration', v.clerkship) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Internal Medicine',         'hybrid',      'split',  'prefer_same_system',  14, TRUE),
    ('Surgery',                   'hybrid',      'split',  'enforce_same_system',  7, FALSE),
    ('Pediatrics',                'hybrid',      'split',  'no_preference',       10, FALSE),
    ('Obstetrics and Gynecology', 'block_based', 'single', 'prefer_same_system',  14, FALSE)
) AS v (clerkship, assignment_strategy, requirement_structure, health_system_continuity, block_size_days, allow_partial_blocks)
CROSS JOIN stamp;

INSERT INTO clerkship_requirements BY NAME
SELECT
    seed_id('requirement', v.clerkship || ', ' || v.requirement_type) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Internal Medicine',         'outpatient', 30, 'continuous_single'),
    ('Internal Medicine',         'inpatient',  30, 'block_based'),
    ('Internal Medicine',         'elective',   10, 'daily_rotation'),
    ('Surgery',                   'outpatient', 20, 'continuous_single'),
    ('Surgery',                   'inpatient',  35, 'block_based'),
    ('Surgery',                   'elective',    5, 'daily_rotation'),
    ('Pediatrics',                'outpatient', 30, 'continuous_team'),
    ('Pediatrics',                'inpatient',  20, 'block_based'),
    ('Obstetrics and Gynecology', 'inpatient',  42, 'block_based')
) AS v (clerkship, requirement_type, required_days, assignment_mode)
CROSS JOIN stamp;

INSERT INTO clerkship_electives BY NAME
SELECT
    seed_id('elective', v.clerkship || ', ' || v.name) AS id,
    configuration_of(v.clerkship) AS configuration_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Internal Medicine', 'Cardiology',          5, 'Cardiology'),
    ('Internal Medicine', 'Nephrology',          5, 'Nephrology'),
    ('Internal Medicine', 'Quality Improvement', 3, NULL),
    ('Surgery',           'Orthopedic Surgery',  5, 'Orthopedic Surgery'),
    ('Surgery',           'Anesthesiology',      3, 'Anesthesiology')
) AS v (clerkship, name, minimum_days, specialty)
CROSS JOIN stamp;

INSERT INTO preceptor_teams BY NAME
SELECT
    seed_id('team', v.name) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Pediatrics', 'Harbor Pediatrics',   TRUE,  TRUE,  TRUE, FALSE),
    ('Pediatrics', 'Regional Pediatrics', FALSE, FALSE, TRUE, TRUE)
) AS v (
    clerkship, name,
    require_same_health_system, require_same_site, require_same_specialty, requires_admin_approval
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
    ('Harbor Pediatrics',   'Dr. Eva Lindgren',   'lead',   1),
    ('Harbor Pediatrics',   'Dr. Francisco Vega', 'member', 2),
    ('Harbor Pediatrics',   'Dr. Gemma Doyle',    'member', 3),
    ('Regional Pediatrics', 'Dr. Nadia Popescu',  'lead',   1),
    ('Regional Pediatrics', 'Dr. Victor Oduya',   'member', 2)
) AS v (team, preceptor, role, priority)
CROSS JOIN stamp;

-- What a preceptor takes in any clerkship, and where a clerkship has its own limits. Three who teach an elective now
-- and then (Dr. Marques, Dr. Mensah, Dr. Nasser) have no rule: their max_students alone decides.
INSERT INTO preceptor_capacity_rules BY NAME
SELECT
    seed_id('capacity rule', v.preceptor || coalesce(', ' || v.clerkship, '')) AS id,
    preceptor_named(v.preceptor) AS preceptor_id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (preceptor, clerkship),
    stamp.*
FROM (VALUES
    ('Dr. Adaeze Nwosu',   NULL,                        2, 6, NULL),
    ('Dr. Boris Ivanov',   NULL,                        1, 4, NULL),
    ('Dr. Clara Jensen',   NULL,                        1, 4, NULL),
    ('Dr. Darius Moore',   NULL,                        2, 6, NULL),
    ('Dr. Eva Lindgren',   NULL,                        2, 6, NULL),
    ('Dr. Francisco Vega', NULL,                        2, 6, NULL),
    ('Dr. Gemma Doyle',    NULL,                        1, 4, NULL),
    ('Dr. Hiroshi Sato',   NULL,                        1, 6, NULL),
    ('Dr. Jacob Stein',    NULL,                        1, 4, NULL),
    ('Dr. Karima Benali',  NULL,                        2, 6, NULL),
    ('Dr. Leo Fischer',    NULL,                        2, 6, NULL),
    ('Dr. Mei Zhang',      NULL,                        1, 3, NULL),
    ('Dr. Nadia Popescu',  NULL,                        2, 6, NULL),
    ('Dr. Oscar Lund',     NULL,                        1, 6, NULL),
    ('Dr. Rafael Ortega',  NULL,                        1, 8, NULL),
    ('Dr. Sofia Conti',    NULL,                        1, 3, NULL),
    ('Dr. Thomas Abebe',   NULL,                        2, 6, NULL),
    ('Dr. Ursula Brandt',  NULL,                        1, 4, NULL),
    ('Dr. Victor Oduya',   NULL,                        1, 4, NULL),
    ('Dr. Wendy Clarke',   NULL,                        1, 6, NULL),
    ('Dr. Boris Ivanov',   'Internal Medicine',         2, 6,    2),
    ('Dr. Thomas Abebe',   'Internal Medicine',         2, 8,    1),
    ('Dr. Hiroshi Sato',   'Obstetrics and Gynecology', 2, 8,    2),
    ('Dr. Oscar Lund',     'Obstetrics and Gynecology', 2, 8,    2),
    ('Dr. Wendy Clarke',   'Obstetrics and Gynecology', 2, 6,    1)
) AS v (preceptor, clerkship, max_students_per_day, max_students_per_year, max_students_per_block)
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
    ('Internal Medicine', 'Dr. Adaeze Nwosu', 'Dr. Boris Ivanov',  1, FALSE, FALSE),
    ('Internal Medicine', 'Dr. Adaeze Nwosu', 'Dr. Karima Benali', 2, TRUE,  TRUE),
    ('Surgery',           'Dr. Clara Jensen', 'Dr. Darius Moore',  1, FALSE, FALSE),
    (NULL,                'Dr. Hiroshi Sato', 'Dr. Oscar Lund',    1, TRUE,  TRUE),
    (NULL,                'Dr. Oscar Lund',   'Dr. Wendy Clarke',  1, TRUE,  TRUE)
) AS v (clerkship, primary_preceptor, fallback_preceptor, priority, requires_approval, allow_different_health_system)
CROSS JOIN stamp;
