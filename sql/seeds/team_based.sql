-- Team based: a team of three or four preceptors of one health system shares each student.

INSERT INTO health_systems BY NAME
SELECT seed_id('health system', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Lakeshore Health',      'LH',  'Lakeshore',       NULL),
    ('Highland Care Network', 'HCN', 'Highland Valley', 'Joined the school in 2024.')
) AS v (name, abbreviation, location, notes)
CROSS JOIN stamp;

INSERT INTO sites BY NAME
SELECT
    seed_id('site', v.name) AS id,
    health_system_named(v.system) AS health_system_id,
    v.* EXCLUDE (system),
    stamp.*
FROM (VALUES
    ('Lakeshore Health',      'Lakeshore Medical Center',   'hospital', '1 Lake Drive, Lakeshore'),
    ('Lakeshore Health',      'Lakeshore Community Clinic', 'clinic',   '77 Harbor Street, Lakeshore'),
    ('Highland Care Network', 'Highland Hospital',          'hospital', '300 Summit Road, Highland Valley'),
    ('Highland Care Network', 'Highland Valley Clinic',     'clinic',   '9 Valley Way, Highland Valley')
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
    ('Dr. Priya Raman',    'priya.raman@lakeshore.example',    'Family Medicine', 2, 'Lakeshore Health',      'Lakeshore Community Clinic'),
    ('Dr. Quentin Moreau', 'quentin.moreau@lakeshore.example', 'Family Medicine', 2, 'Lakeshore Health',      'Lakeshore Community Clinic'),
    ('Dr. Rosa Delgado',   'rosa.delgado@lakeshore.example',   'Family Medicine', 2, 'Lakeshore Health',      'Lakeshore Community Clinic'),
    ('Dr. Samuel Osei',    'samuel.osei@lakeshore.example',    'Family Medicine', 2, 'Lakeshore Health',      'Lakeshore Community Clinic'),
    ('Dr. Tara Nolan',     'tara.nolan@lakeshore.example',     'Surgery',         2, 'Lakeshore Health',      'Lakeshore Medical Center'),
    ('Dr. Umar Siddiqui',  'umar.siddiqui@lakeshore.example',  'Surgery',         2, 'Lakeshore Health',      'Lakeshore Medical Center'),
    ('Dr. Valerie Dubois', 'valerie.dubois@lakeshore.example', 'Surgery',         2, 'Lakeshore Health',      'Lakeshore Medical Center'),
    ('Dr. William Achebe', 'william.achebe@lakeshore.example', 'Pediatrics',      2, 'Lakeshore Health',      'Lakeshore Medical Center'),
    ('Dr. Xiu Chen',       'xiu.chen@lakeshore.example',       'Pediatrics',      2, 'Lakeshore Health',      'Lakeshore Medical Center'),
    ('Dr. Yusuf Demir',    'yusuf.demir@lakeshore.example',    'Pediatrics',      2, 'Lakeshore Health',      'Lakeshore Community Clinic'),
    ('Dr. Zoe Papadakis',  'zoe.papadakis@lakeshore.example',  'Pediatrics',      2, 'Lakeshore Health',      'Lakeshore Medical Center'),
    ('Dr. Aaron Blake',    'aaron.blake@highland.example',     'Family Medicine', 2, 'Highland Care Network', 'Highland Valley Clinic'),
    ('Dr. Bianca Rossi',   'bianca.rossi@highland.example',    'Family Medicine', 2, 'Highland Care Network', 'Highland Valley Clinic'),
    ('Dr. Caleb Nguyen',   'caleb.nguyen@highland.example',    'Family Medicine', 2, 'Highland Care Network', 'Highland Valley Clinic'),
    ('Dr. Daniela Cruz',   'daniela.cruz@highland.example',    'Surgery',         2, 'Highland Care Network', 'Highland Hospital'),
    ('Dr. Emeka Obi',      'emeka.obi@highland.example',       'Surgery',         2, 'Highland Care Network', 'Highland Hospital'),
    ('Dr. Fiona MacLeod',  'fiona.macleod@highland.example',   'Surgery',         2, 'Highland Care Network', 'Highland Hospital'),
    ('Dr. Gustav Holm',    'gustav.holm@highland.example',     'Pediatrics',      2, 'Highland Care Network', 'Highland Hospital'),
    ('Dr. Hana Suzuki',    'hana.suzuki@highland.example',     'Pediatrics',      2, 'Highland Care Network', 'Highland Valley Clinic'),
    ('Dr. Isaac Levy',     'isaac.levy@highland.example',      'Pediatrics',      2, 'Highland Care Network', 'Highland Hospital')
) AS v (name, email, specialty, max_students, system, site)
CROSS JOIN stamp;

INSERT INTO clerkships BY NAME
SELECT seed_id('clerkship', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Family Medicine', 'Family Medicine', 60, 'Primary care, shared by a clinic team.'),
    ('Surgery',         'Surgery',         45, 'A surgical team, from the ward to the operating room.'),
    ('Pediatrics',      'Pediatrics',      40, 'Children and their families, well and ill.')
) AS v (name, specialty, required_days, description)
CROSS JOIN stamp;

-- What a clerkship that the school adds would inherit; those below say the same themselves.
INSERT INTO school_defaults BY NAME
SELECT seed_id('default', v.requirement_type) AS id, v.*, stamp.*
FROM (VALUES
    ('outpatient', 'continuous_team', 'prefer_same_system', 3, 4),
    ('inpatient',  'continuous_team', 'prefer_same_system', 3, 4)
) AS v (requirement_type, assignment_mode, health_system_continuity, team_size_min, team_size_max)
CROSS JOIN stamp;

INSERT INTO clerkship_configurations BY NAME
SELECT
    seed_id('configuration', v.clerkship) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine', 'continuous_team', 'single', 'prefer_same_system', 3, 4),
    ('Surgery',         'continuous_team', 'single', 'prefer_same_system', 3, 4),
    ('Pediatrics',      'continuous_team', 'single', 'prefer_same_system', 3, 4)
) AS v (clerkship, assignment_strategy, requirement_structure, health_system_continuity, team_size_min, team_size_max)
CROSS JOIN stamp;

INSERT INTO clerkship_requirements BY NAME
SELECT
    seed_id('requirement', v.clerkship || ', ' || v.requirement_type) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine', 'outpatient', 60, 'continuous_team'),
    ('Surgery',         'inpatient',  45, 'continuous_team'),
    ('Pediatrics',      'outpatient', 40, 'continuous_team')
) AS v (clerkship, requirement_type, required_days, assignment_mode)
CROSS JOIN stamp;

INSERT INTO preceptor_teams BY NAME
SELECT
    seed_id('team', v.name) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine', 'Lakeshore Family Medicine', TRUE, TRUE,  TRUE, FALSE),
    ('Family Medicine', 'Highland Family Medicine',  TRUE, TRUE,  TRUE, FALSE),
    ('Surgery',         'Lakeshore Surgery',         TRUE, TRUE,  TRUE, TRUE),
    ('Surgery',         'Highland Surgery',          TRUE, TRUE,  TRUE, TRUE),
    ('Pediatrics',      'Lakeshore Pediatrics',      TRUE, FALSE, TRUE, FALSE),
    ('Pediatrics',      'Highland Pediatrics',       TRUE, FALSE, TRUE, FALSE)
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
    ('Lakeshore Family Medicine', 'Dr. Priya Raman',    'lead',   1),
    ('Lakeshore Family Medicine', 'Dr. Quentin Moreau', 'member', 2),
    ('Lakeshore Family Medicine', 'Dr. Rosa Delgado',   'member', 3),
    ('Lakeshore Family Medicine', 'Dr. Samuel Osei',    'member', 4),
    ('Highland Family Medicine',  'Dr. Aaron Blake',    'lead',   1),
    ('Highland Family Medicine',  'Dr. Bianca Rossi',   'member', 2),
    ('Highland Family Medicine',  'Dr. Caleb Nguyen',   'member', 3),
    ('Lakeshore Surgery',         'Dr. Tara Nolan',     'lead',   1),
    ('Lakeshore Surgery',         'Dr. Umar Siddiqui',  'member', 2),
    ('Lakeshore Surgery',         'Dr. Valerie Dubois', 'member', 3),
    ('Highland Surgery',          'Dr. Daniela Cruz',   'lead',   1),
    ('Highland Surgery',          'Dr. Emeka Obi',      'member', 2),
    ('Highland Surgery',          'Dr. Fiona MacLeod',  'member', 3),
    ('Lakeshore Pediatrics',      'Dr. William Achebe', 'lead',   1),
    ('Lakeshore Pediatrics',      'Dr. Xiu Chen',       'member', 2),
    ('Lakeshore Pediatrics',      'Dr. Yusuf Demir',    'member', 3),
    ('Lakeshore Pediatrics',      'Dr. Zoe Papadakis',  'member', 4),
    ('Highland Pediatrics',       'Dr. Gustav Holm',    'lead',   1),
    ('Highland Pediatrics',       'Dr. Hana Suzuki',    'member', 2),
    ('Highland Pediatrics',       'Dr. Isaac Levy',     'member', 3)
) AS v (team, preceptor, role, priority)
CROSS JOIN stamp;

-- Every preceptor takes two students a day and six a year, whatever the clerkship.
INSERT INTO preceptor_capacity_rules BY NAME
SELECT
    seed_id('capacity rule', preceptors.name) AS id,
    preceptors.id AS preceptor_id,
    2 AS max_students_per_day,
    6 AS max_students_per_year,
    stamp.*
FROM preceptors
CROSS JOIN stamp;

-- A lead who is away is replaced by the second in the team.
INSERT INTO preceptor_fallbacks BY NAME
SELECT
    seed_id('fallback', v.primary_preceptor || ', ' || v.fallback_preceptor) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    preceptor_named(v.primary_preceptor) AS primary_preceptor_id,
    preceptor_named(v.fallback_preceptor) AS fallback_preceptor_id,
    v.* EXCLUDE (clerkship, primary_preceptor, fallback_preceptor),
    stamp.*
FROM (VALUES
    ('Family Medicine', 'Dr. Priya Raman',    'Dr. Quentin Moreau', 1, FALSE),
    ('Surgery',         'Dr. Tara Nolan',     'Dr. Umar Siddiqui',  1, TRUE),
    ('Surgery',         'Dr. Daniela Cruz',   'Dr. Emeka Obi',      1, TRUE),
    ('Pediatrics',      'Dr. William Achebe', 'Dr. Xiu Chen',       1, FALSE)
) AS v (clerkship, primary_preceptor, fallback_preceptor, priority, requires_approval)
CROSS JOIN stamp;
