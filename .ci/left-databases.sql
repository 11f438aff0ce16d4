-- Drops of the databases that test programs have left (models/modeltest): those
-- whose program has ended, which its connection would show, and that nobody uses.
-- Templates stay: each belongs to one schema, and other runs copy it.
SELECT format('DROP DATABASE IF EXISTS %I;', datname) FROM pg_database d
WHERE datname ~ '^yx_test_[0-9]+_[a-z0-9]+$'
	AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)
	AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.application_name = 'yx_test' AND a.pid = split_part(d.datname, '_', 3)::int)
ORDER BY datname;
