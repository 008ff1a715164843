-- Flexible: a new preceptor each day, in any health system, and long chains of fallbacks that need no approval.

INSERT INTO health_systems BY NAME
SELECT seed_id('health system', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Northgate Health',   'NGH', 'Northgate', NULL),
    ('Southbay Medical',   'SBM', 'Southbay',  NULL),
    ('Eastfield Partners', NULL,  'Eastfield', 'A group of independent practices.')
) AS v (name, abbreviation, location, notes)
CROSS JOIN stamp;

INSERT INTO sites BY NAME
SELECT
    seed_id('site', v.name) AS id,
    health_system_named(v.system) AS health_system_id,
    v.* EXCLUDE (system),
    stamp.*
FROM (VALUES
    ('Northgate Health',   'Northgate Hospital',       'hospital', '20 North Gate, Northgate'),
    ('Northgate Health',   'Northgate Walk-in Clinic', 'clinic',   '3 Market Square, Northgate'),
    ('Southbay Medical',   'Southbay Medical Center',  'hospital', '55 Bay Boulevard, Southbay'),
    ('Southbay Medical',   'Southbay Health Bus',      'other',    NULL),
    ('Eastfield Partners', 'Eastfield Hospital',       'hospital', '8 East Road, Eastfield'),
    ('Eastfield Partners', 'Eastfield Clinic',         'clinic',   '140 Orchard Street, Eastfield')
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
    ('Dr. Alicia Mbeki',   'alicia.mbeki@northgate.example',   'Family Medicine',    3, 'Northgate Health',   'Northgate Walk-in Clinic'),
    ('Dr. Bruno Carvalho', 'bruno.carvalho@northgate.example', 'Family Medicine',    2, 'Northgate Health',   'Northgate Walk-in Clinic'),
    ('Dr. Chloe Bennett',  'chloe.bennett@northgate.example',  'Emergency Medicine', 3, 'Northgate Health',   'Northgate Hospital'),
    ('Dr. Dmitri Volkov',  'dmitri.volkov@northgate.example',  'Emergency Medicine', 3, 'Northgate Health',   'Northgate Hospital'),
    ('Dr. Esther Adeyemi', 'esther.adeyemi@northgate.example', 'Psychiatry',         2, 'Northgate Health',   'Northgate Hospital'),
    ('Dr. Felix Wagner',   'felix.wagner@northgate.example',   'Psychiatry',         2, 'Northgate Health',   NULL),
    ('Dr. Gloria Mendez',  'gloria.mendez@southbay.example',   'Family Medicine',    3, 'Southbay Medical',   'Southbay Health Bus'),
    ('Dr. Hugo Larsen',    'hugo.larsen@southbay.example',     'Family Medicine',    2, 'Southbay Medical',   'Southbay Medical Center'),
    ('Dr. Imani Jackson',  'imani.jackson@southbay.example',   'Emergency Medicine', 3, 'Southbay Medical',   'Southbay Medical Center'),
    ('Dr. Jonas Weber',    'jonas.weber@southbay.example',     'Emergency Medicine', 2, 'Southbay Medical',   'Southbay Medical Center'),
    ('Dr. Kavita Sharma',  'kavita.sharma@southbay.example',   'Psychiatry',         2, 'Southbay Medical',   'Southbay Medical Center'),
    ('Dr. Lucas Fontaine', 'lucas.fontaine@eastfield.example', 'Family Medicine',    2, 'Eastfield Partners', 'Eastfield Clinic'),
    ('Dr. Mona Khalil',    'mona.khalil@eastfield.example',    'Family Medicine',    3, 'Eastfield Partners', 'Eastfield Clinic'),
    ('Dr. Nils Bergman',   'nils.bergman@eastfield.example',   'Emergency Medicine', 3, 'Eastfield Partners', 'Eastfield Hospital'),
    ('Dr. Oksana Melnyk',  'oksana.melnyk@eastfield.example',  'Psychiatry',         2, 'Eastfield Partners', 'Eastfield Clinic'),
    ('Dr. Paulo Teixeira', 'paulo.teixeira@eastfield.example', 'Psychiatry',         3, 'Eastfield Partners', 'Eastfield Hospital')
) AS v (name, email, specialty, max_students, system, site)
CROSS JOIN stamp;

INSERT INTO clerkships BY NAME
SELECT seed_id('clerkship', v.name) AS id, v.*, stamp.*
FROM (VALUES
    ('Family Medicine',    'Family Medicine',    50, 'A different practice each day.'),
    ('Emergency Medicine', 'Emergency Medicine', 30, 'Shifts in three emergency departments.'),
    ('Psychiatry',         'Psychiatry',         40, 'Clinic, ward and consultation service.')
) AS v (name, specialty, required_days, description)
CROSS JOIN stamp;

INSERT INTO clerkship_configurations BY NAME
SELECT
    seed_id('configuration', v.clerkship) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine',    'daily_rotation', 'single', 'no_preference', TRUE),
    ('Emergency Medicine', 'daily_rotation', 'single', 'no_preference', TRUE),
    ('Psychiatry',         'daily_rotation', 'single', 'no_preference', TRUE)
) AS v (clerkship, assignment_strategy, requirement_structure, health_system_continuity, fallbacks_allowed)
CROSS JOIN stamp;

INSERT INTO clerkship_requirements BY NAME
SELECT
    seed_id('requirement', v.clerkship || ', ' || v.requirement_type) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    v.* EXCLUDE (clerkship),
    stamp.*
FROM (VALUES
    ('Family Medicine',    'outpatient', 50, 'daily_rotation'),
    ('Emergency Medicine', 'inpatient',  30, 'daily_rotation'),
    ('Psychiatry',         'outpatient', 40, 'daily_rotation')
) AS v (clerkship, requirement_type, required_days, assignment_mode)
CROSS JOIN stamp;

-- Every preceptor takes as many students a day as max_students says, two or three, and ten a year.
INSERT INTO preceptor_capacity_rules BY NAME
SELECT
    seed_id('capacity rule', preceptors.name) AS id,
    preceptors.id AS preceptor_id,
    preceptors.max_students AS max_students_per_day,
    10 AS max_students_per_year,
    stamp.*
FROM preceptors
CROSS JOIN stamp;

-- Each chain leads through three health systems: who is away is replaced by the next, who is replaced by the next.
INSERT INTO preceptor_fallbacks BY NAME
SELECT
    seed_id('fallback', v.primary_preceptor || ', ' || v.fallback_preceptor) AS id,
    clerkship_named(v.clerkship) AS clerkship_id,
    preceptor_named(v.primary_preceptor) AS primary_preceptor_id,
    preceptor_named(v.fallback_preceptor) AS fallback_preceptor_id,
    v.* EXCLUDE (clerkship, primary_preceptor, fallback_preceptor),
    stamp.*
FROM (VALUES
    ('Family Medicine',    'Dr. Alicia Mbeki',   'Dr. Gloria Mendez',  1, FALSE, TRUE),
    ('Family Medicine',    'Dr. Gloria Mendez',  'Dr. Lucas Fontaine', 1, FALSE, TRUE),
    ('Family Medicine',    'Dr. Lucas Fontaine', 'Dr. Bruno Carvalho', 1, FALSE, TRUE),
    ('Emergency Medicine', 'Dr. Chloe Bennett',  'Dr. Imani Jackson',  1, FALSE, TRUE),
    ('Emergency Medicine', 'Dr. Chloe Bennett',  'Dr. Dmitri Volkov',  2, FALSE, FALSE),
    ('Emergency Medicine', 'Dr. Imani Jackson',  'Dr. Nils Bergman',   1, FALSE, TRUE),
    ('Emergency Medicine', 'Dr. Nils Bergman',   'Dr. Jonas Weber',    1, FALSE, TRUE),
    (NULL,                 'Dr. Esther Adeyemi', 'Dr. Kavita Sharma',  1, FALSE, TRUE),
    (NULL,                 'Dr. Kavita Sharma',  'Dr. Oksana Melnyk',  1, FALSE, TRUE),
    (NULL,                 'Dr. Oksana Melnyk',  'Dr. Felix Wagner',   1, FALSE, TRUE)
) AS v (clerkship, primary_preceptor, fallback_preceptor, priority, requires_approval, allow_different_health_system)
CROSS JOIN stamp;
