-- What somebody would write who has DuckDB: the vendors of vendor-extract.ts with the same values mapped. What follows
-- is zip. In the folder of vendors.csv: duckdb < csv-zip.sql, or see run-duckdb.ts
COPY (
  SELECT * REPLACE (
    lpad(trim(ACCOUNT), 10, '0') AS ACCOUNT,
    coalesce(upper(CURRENCY), 'EUR') AS CURRENCY,
    CASE BLOCKED WHEN 'X' THEN 'All' ELSE 'No' END AS BLOCKED,
    replace(replace(CREDIT, '.', ''), ',', '.') AS CREDIT,
    CASE "LANGUAGE" WHEN 'D' THEN 'de' WHEN 'E' THEN 'en-us' END AS "LANGUAGE",
    strftime(strptime(CREATED, '%d.%m.%Y'), '%Y-%m-%d') AS CREATED,
    lower(EMAIL) AS EMAIL
  )
  FROM read_csv('vendors.csv', header = true, all_varchar = true, delim = ',', quote = '"')
  WHERE DELETED IS NULL
) TO 'vendors-mapped.csv' (HEADER, DELIMITER ',');
