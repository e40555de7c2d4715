-- The four tables that pipeline.sql writes. PostgreSQL folds the unquoted names: transactionId is transactionid here.
CREATE TABLE IF NOT EXISTS transactions (
  transactionId   VARCHAR(64) PRIMARY KEY,
  userId          VARCHAR(64),
  transactionType VARCHAR(16),
  amount          DOUBLE PRECISION,
  currency        VARCHAR(8),
  transactionDate TIMESTAMP,
  category        VARCHAR(64),
  merchant        VARCHAR(64),
  location        VARCHAR(128)
);
CREATE TABLE IF NOT EXISTS sales_per_category (
  category    VARCHAR(64) PRIMARY KEY,
  total_sales DOUBLE PRECISION
);
CREATE TABLE IF NOT EXISTS sales_per_day (
  sale_day    DATE PRIMARY KEY,
  total_sales DOUBLE PRECISION
);
CREATE TABLE IF NOT EXISTS sales_per_month (
  year_num    INTEGER,
  month_num   INTEGER,
  total_sales NUMERIC(10, 2),
  PRIMARY KEY (year_num, month_num)
);
