-- By bytes, whatever language the database was made for.
CREATE COLLATION sql_text FROM "C";
