"""The queries on the catalog of a PostgreSQL server. All are about the current schema, except SCHEMAS."""

from clerkbench.interchange.engines.dialects import CURRENT_SCHEMA

#: The columns of one table.
COLUMNS = f"""
    SELECT attname FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON attrelid = pg_class.oid
    WHERE relnamespace = {CURRENT_SCHEMA} AND relname = $1 AND attnum > 0 AND NOT attisdropped
"""

#: Indexes of no constraint, triggers, policies and rules.
DEPENDENT_OBJECTS = f"""
    WITH here AS (SELECT oid, relname FROM pg_catalog.pg_class
    WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p'))
    SELECT 'index', index.relname, here.relname FROM here JOIN pg_catalog.pg_index ON indrelid = here.oid
    JOIN pg_catalog.pg_class index ON indexrelid = index.oid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conindid = indexrelid)
    UNION ALL SELECT 'trigger', tgname, relname FROM here JOIN pg_catalog.pg_trigger ON tgrelid = here.oid
    WHERE NOT tgisinternal
    UNION ALL SELECT 'policy', polname, relname FROM here JOIN pg_catalog.pg_policy ON polrelid = here.oid
    UNION ALL SELECT 'rule', rulename, relname FROM here JOIN pg_catalog.pg_rewrite ON ev_class = here.oid
    ORDER BY 3, 1, 2
"""

#: The settings of tables, columns, constraints, triggers and sequences, each in words.
SETTINGS_OF_TABLES = f"""
    WITH here AS (SELECT * FROM pg_catalog.pg_class
    WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p')
    AND NOT starts_with(relname, 'clerkbench_')),
    columns AS (SELECT relname, pg_attribute.* FROM here JOIN pg_catalog.pg_attribute ON attrelid = here.oid
    WHERE attnum > 0 AND NOT attisdropped)
    SELECT 'the storage options ' || array_to_string(reloptions, ', ') || ' of ' || relname FROM here
    WHERE reloptions IS NOT NULL
    UNION ALL SELECT 'row security on ' || relname FROM here WHERE relrowsecurity
    UNION ALL SELECT 'forced row security on ' || relname FROM here WHERE relforcerowsecurity
    UNION ALL SELECT 'the replica identity of ' || relname FROM here WHERE relreplident <> 'd'
    UNION ALL SELECT relname || ', which is unlogged' FROM here WHERE relpersistence = 'u'
    UNION ALL SELECT 'the publication ' || pubname || ' of ' || relname FROM here
    JOIN pg_catalog.pg_publication_rel ON prrelid = here.oid
    JOIN pg_catalog.pg_publication ON prpubid = pg_publication.oid
    UNION ALL SELECT 'the statistics ' || stxname || ' of ' || relname FROM here
    JOIN pg_catalog.pg_statistic_ext ON stxrelid = here.oid
    UNION ALL SELECT 'the default ' || pg_get_expr(adbin, adrelid) || ' of ' || relname || '.' || attname
    FROM columns JOIN pg_catalog.pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
    UNION ALL SELECT 'NOT NULL on ' || relname || '.' || attname FROM columns WHERE attnotnull
    UNION ALL SELECT 'the options of ' || relname || '.' || attname FROM columns
    WHERE attoptions IS NOT NULL OR coalesce(attstattarget, -1) <> -1
    UNION ALL SELECT format('the constraint %s %s on %s', conname, pg_get_constraintdef(pg_constraint.oid),
    relname) FROM here JOIN pg_catalog.pg_constraint ON conrelid = here.oid WHERE contype <> 'n'
    UNION ALL SELECT 'the comment on ' || relname || coalesce('.' || attname, '') || ': ' || description
    FROM here JOIN pg_catalog.pg_description ON objoid = here.oid AND classoid = 'pg_class'::regclass
    LEFT JOIN pg_catalog.pg_attribute ON attrelid = here.oid AND attnum = objsubid AND objsubid > 0
    UNION ALL SELECT format('the type %s of %s.%s', format_type(atttypid, atttypmod), relname, attname)
    FROM columns
    UNION ALL SELECT 'the identity of ' || relname || '.' || attname FROM columns WHERE attidentity <> ''
    UNION ALL SELECT 'the storage of ' || relname || '.' || attname FROM columns
    JOIN pg_catalog.pg_type ON atttypid = pg_type.oid WHERE attstorage <> typstorage
    UNION ALL SELECT 'the compression of ' || relname || '.' || attname FROM columns
    WHERE attcompression <> ''
    UNION ALL SELECT 'the disabled triggers of ' || relname FROM here WHERE EXISTS (
    SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = here.oid AND tgenabled <> 'O')
    UNION ALL SELECT format('the sequence %s with increment %s, limits %s and %s, cache %s, cycle %s',
    relname, seqincrement, seqmin, seqmax, seqcache, seqcycle) FROM pg_catalog.pg_sequence
    JOIN pg_catalog.pg_class ON seqrelid = pg_class.oid WHERE relnamespace = {CURRENT_SCHEMA}
"""

#: The settings of views and indexes, and the comments of these, of constraints and of sequences.
LATER_SETTINGS = f"""
    WITH here AS (SELECT * FROM pg_catalog.pg_class WHERE relnamespace = {CURRENT_SCHEMA}
    AND NOT starts_with(relname, 'clerkbench_')), views AS (SELECT * FROM here WHERE relkind = 'v')
    SELECT 'the options ' || array_to_string(reloptions, ', ') || ' of ' || relname FROM here
    WHERE reloptions IS NOT NULL AND relkind IN ('v', 'i')
    UNION ALL SELECT 'the definition of the view ' || relname || ': ' || pg_get_viewdef(oid) FROM views
    UNION ALL SELECT 'the rule ' || rulename || ' of ' || relname FROM views
    JOIN pg_catalog.pg_rewrite ON ev_class = views.oid WHERE rulename <> '_RETURN'
    UNION ALL SELECT 'the default ' || pg_get_expr(adbin, adrelid) || ' of ' || relname || '.' || attname
    FROM views JOIN pg_catalog.pg_attrdef ON adrelid = views.oid
    JOIN pg_catalog.pg_attribute ON (attrelid, attnum) = (adrelid, adnum)
    UNION ALL SELECT 'the index ' || relname || ', by which its table is clustered' FROM here
    JOIN pg_catalog.pg_index ON indexrelid = here.oid WHERE indisclustered
    UNION ALL SELECT 'the comment on ' || relname || coalesce('.' || attname, '') || ': ' || description
    FROM here JOIN pg_catalog.pg_description ON objoid = here.oid AND classoid = 'pg_class'::regclass
    LEFT JOIN pg_catalog.pg_attribute ON attrelid = here.oid AND attnum = objsubid AND objsubid > 0
    WHERE relkind IN ('v', 'i', 'S')
    UNION ALL SELECT 'the comment on the constraint ' || conname || ' of ' || relname || ': ' || description
    FROM here JOIN pg_catalog.pg_constraint ON conrelid = here.oid
    JOIN pg_catalog.pg_description ON objoid = pg_constraint.oid AND classoid = 'pg_constraint'::regclass
"""

#: The rights of others, also on columns.
GRANTS = f"""
    WITH here AS (SELECT oid, relname, relkind, relowner, relacl FROM pg_catalog.pg_class
    WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p', 'v', 'S')), granted AS (
    SELECT relname, relkind, NULL AS attname, relowner, held.* FROM here, aclexplode(relacl) held
    UNION ALL SELECT relname, relkind, attname, relowner, held.* FROM here
    JOIN pg_catalog.pg_attribute ON attrelid = here.oid AND NOT attisdropped, aclexplode(attacl) held)
    SELECT relname, coalesce(attname, ''), format('GRANT %s%s ON %s%I TO %s%s', privilege_type,
    '(' || quote_ident(attname) || ')', CASE relkind WHEN 'S' THEN 'SEQUENCE ' END, relname,
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
    CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), format('REVOKE %s%s ON %s%I FROM %s',
    privilege_type, '(' || quote_ident(attname) || ')', CASE relkind WHEN 'S' THEN 'SEQUENCE ' END, relname,
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
    FROM granted WHERE grantee <> relowner ORDER BY 1, 2, 3
"""

#: The owners of tables, views and sequences, if they are others.
OWNERS = f"""
    SELECT relname, '', format('ALTER %s %I OWNER TO %I', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN
    'SEQUENCE' ELSE 'TABLE' END, relname, pg_get_userbyid(relowner)) FROM pg_catalog.pg_class
    WHERE relnamespace = {CURRENT_SCHEMA} AND relkind IN ('r', 'p', 'v', 'S')
    AND pg_get_userbyid(relowner) <> current_user ORDER BY 1
"""

#: Who uses tables of the schema.
HOLDERS = f"""
    SELECT DISTINCT format('%s (%s, process %s)', usename, coalesce(nullif(application_name, ''), 'no name'),
    pid) FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid)
    JOIN pg_catalog.pg_class ON relation = pg_class.oid
    WHERE relnamespace = {CURRENT_SCHEMA} AND pid <> pg_backend_pid() AND granted ORDER BY 1
"""

#: The schemas that hold a school, by name.
SCHEMAS = """
    SELECT nspname FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON relnamespace = pg_namespace.oid
    WHERE relname = 'clerkbench_migrations' ORDER BY nspname
"""

#: What others attached to tables and views: kind, name, table, the table of the schema that a foreign key is of,
#: statement, and the statement that drops it for a migration. An object with several statements has several rows.
ATTACHED = f"""
    WITH here AS (SELECT * FROM pg_catalog.pg_class WHERE relnamespace = {CURRENT_SCHEMA}
    AND relkind IN ('r', 'p', 'v')), keys AS (
    SELECT pg_constraint.*, nspname, child.relname AS child, here.relname AS parent,
    CASE WHEN child.relnamespace = {CURRENT_SCHEMA} THEN child.relname::text ELSE '' END AS own
    FROM pg_catalog.pg_constraint JOIN here ON confrelid = here.oid
    JOIN pg_catalog.pg_class AS child ON conrelid = child.oid
    JOIN pg_catalog.pg_namespace ON child.relnamespace = pg_namespace.oid WHERE contype = 'f' AND conparentid = 0),
    triggers AS (SELECT pg_trigger.*, relname FROM pg_catalog.pg_trigger JOIN here ON tgrelid = here.oid
    WHERE NOT tgisinternal AND tgparentid = 0),
    indexes AS (SELECT index.relname AS name, here.relname, index.oid FROM here
    JOIN pg_catalog.pg_index ON indrelid = here.oid JOIN pg_catalog.pg_class AS index ON indexrelid = index.oid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conindid = indexrelid)),
    found (kind, name, attached_to, own, place, statement, detach) AS (
    SELECT 'foreign key', format('%s.%s.%s', nspname, child, conname), parent, own, 1,
    format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', nspname, child, conname, pg_get_constraintdef(oid)),
    format('ALTER TABLE %I.%I DROP CONSTRAINT %I', nspname, child, conname) FROM keys
    UNION ALL SELECT 'foreign key', format('%s.%s.%s', nspname, child, conname), parent, own, 2,
    format('COMMENT ON CONSTRAINT %I ON %I.%I IS %L', conname, nspname, child, obj_description(oid, 'pg_constraint')),
    '' FROM keys WHERE obj_description(oid, 'pg_constraint') IS NOT NULL
    UNION ALL SELECT 'trigger', tgname, relname, '', 1, pg_get_triggerdef(oid),
    format('DROP TRIGGER %I ON %I', tgname, relname) FROM triggers
    UNION ALL SELECT 'trigger', tgname, relname, '', 2, format('ALTER TABLE %I %s TRIGGER %I', relname, CASE tgenabled
    WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, tgname), ''
    FROM triggers WHERE tgenabled <> 'O'
    UNION ALL SELECT 'trigger', tgname, relname, '', 3, format('COMMENT ON TRIGGER %I ON %I IS %L', tgname, relname,
    obj_description(oid, 'pg_trigger')), '' FROM triggers WHERE obj_description(oid, 'pg_trigger') IS NOT NULL
    UNION ALL SELECT 'policy', polname, relname, '', 1, format('CREATE POLICY %I ON %I AS %s FOR %s TO %s%s%s', polname,
    relname, CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, CASE polcmd WHEN 'r' THEN 'SELECT'
    WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    coalesce((SELECT string_agg(quote_ident(rolname), ', ') FROM pg_catalog.pg_roles
    WHERE pg_roles.oid = ANY (polroles)), 'PUBLIC'), ' USING (' || pg_get_expr(polqual, polrelid) || ')',
    ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')'), ''
    FROM pg_catalog.pg_policy JOIN here ON polrelid = here.oid
    UNION ALL SELECT 'row security', 'enabled', relname, '', 1,
    format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relname), '' FROM here WHERE relrowsecurity
    UNION ALL SELECT 'row security', 'forced', relname, '', 1,
    format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relname), '' FROM here WHERE relforcerowsecurity
    UNION ALL SELECT 'index', name, relname, '', 1, pg_get_indexdef(oid), '' FROM indexes
    UNION ALL SELECT 'index', name, relname, '', 2, format('COMMENT ON INDEX %I IS %L', name,
    obj_description(oid, 'pg_class')), '' FROM indexes WHERE obj_description(oid, 'pg_class') IS NOT NULL
    UNION ALL SELECT 'rule', rulename, relname, '', 1, pg_get_ruledef(pg_rewrite.oid),
    format('DROP RULE %I ON %I', rulename, relname) FROM here
    JOIN pg_catalog.pg_rewrite ON ev_class = here.oid WHERE rulename <> '_RETURN'
    UNION ALL SELECT 'index', index.relname, here.relname, '', 3,
    format('ALTER TABLE %I CLUSTER ON %I', here.relname, index.relname), '' FROM here
    JOIN pg_catalog.pg_index ON indrelid = here.oid AND indisclustered
    JOIN pg_catalog.pg_class AS index ON indexrelid = index.oid)
    SELECT * FROM found UNION ALL SELECT 'options', array_to_string(reloptions, ', '), relname, '', 1,
    format('ALTER VIEW %I SET (%s)', relname, array_to_string(reloptions, ', ')), '' FROM here
    WHERE relkind = 'v' AND reloptions IS NOT NULL ORDER BY kind, name, attached_to, place
"""

#: The foreign keys to tables of the schema: the table that has it, as SQL names it; its name if it is of this schema;
#: the referenced table; and the columns of both, one in each row, in order.
FOREIGN_KEYS = f"""
    SELECT pg_constraint.oid::bigint, format('%I.%I', nspname, child.relname),
    CASE WHEN child.relnamespace = {CURRENT_SCHEMA} THEN child.relname::text ELSE '' END, parent.relname,
    quote_ident(own.attname), above.attname
    FROM pg_catalog.pg_constraint JOIN pg_catalog.pg_class AS child ON conrelid = child.oid
    JOIN pg_catalog.pg_namespace ON child.relnamespace = pg_namespace.oid
    JOIN pg_catalog.pg_class AS parent ON confrelid = parent.oid AND parent.relnamespace = {CURRENT_SCHEMA}
    CROSS JOIN unnest(conkey, confkey) WITH ORDINALITY AS pair (own_number, above_number, place)
    JOIN pg_catalog.pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = own_number
    JOIN pg_catalog.pg_attribute AS above ON above.attrelid = confrelid AND above.attnum = above_number
    WHERE contype = 'f' ORDER BY 1, place
"""
