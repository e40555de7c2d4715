-- Commerce analytics: one topic of transactions keeps four PostgreSQL tables current.
-- Host names are those of a compose network; host aliases map them (see README.md), the file stays as it is.

CREATE TABLE financial_transactions (
  transactionId   STRING,
  userId          STRING,
  transactionType STRING,
  amount          DOUBLE,
  currency        STRING,
  transactionDate STRING,
  category        STRING,
  merchant        STRING,
  location        STRING,
  ts AS TO_TIMESTAMP(transactionDate, 'yyyy-MM-dd''T''HH:mm:ss'),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'financial_transactions',
  'properties.bootstrap.servers' = 'broker:29092',
  'properties.group.id' = 'commerce',
  'scan.startup.mode' = 'latest-offset',
  'format' = 'json',
  'json.ignore-parse-errors' = 'true'
);

CREATE TABLE transactions (
  transactionId   STRING,
  userId          STRING,
  transactionType STRING,
  amount          DOUBLE,
  currency        STRING,
  transactionDate TIMESTAMP(3),
  category        STRING,
  merchant        STRING,
  location        STRING,
  PRIMARY KEY (transactionId) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://postgres:5432/commerce',
  'table-name' = 'transactions',
  'username' = 'postgres',
  'password' = 'postgres'
);

CREATE TABLE sales_per_category (
  category    STRING,
  total_sales DOUBLE,
  PRIMARY KEY (category) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://postgres:5432/commerce',
  'table-name' = 'sales_per_category',
  'username' = 'postgres',
  'password' = 'postgres'
);

CREATE TABLE sales_per_day (
  sale_day    DATE,
  total_sales DOUBLE,
  PRIMARY KEY (sale_day) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://postgres:5432/commerce',
  'table-name' = 'sales_per_day',
  'username' = 'postgres',
  'password' = 'postgres'
);

CREATE TABLE sales_per_month (
  year_num    INT,
  month_num   INT,
  total_sales DECIMAL(10, 2),
  PRIMARY KEY (year_num, month_num) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://postgres:5432/commerce',
  'table-name' = 'sales_per_month',
  'username' = 'postgres',
  'password' = 'postgres'
);

EXECUTE STATEMENT SET
BEGIN

INSERT INTO transactions
SELECT transactionId, userId, transactionType, amount, currency, ts, category, merchant, location
FROM financial_transactions;

INSERT INTO sales_per_category
SELECT category, SUM(amount)
FROM financial_transactions
GROUP BY category;

INSERT INTO sales_per_day
SELECT CAST(ts AS DATE), SUM(amount)
FROM financial_transactions
GROUP BY CAST(ts AS DATE);

INSERT INTO sales_per_month
SELECT CAST(EXTRACT(YEAR FROM ts) AS INT), CAST(EXTRACT(MONTH FROM ts) AS INT),
       CAST(SUM(CAST(amount AS DECIMAL(10, 2))) AS DECIMAL(10, 2))
FROM financial_transactions
GROUP BY EXTRACT(YEAR FROM ts), EXTRACT(MONTH FROM ts);

END;
