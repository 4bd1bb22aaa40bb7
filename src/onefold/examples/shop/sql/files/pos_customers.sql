-- A line of CSV for each customer, exported for Excel: semicolons, French dates, local times without
-- a zone. Reads pos_records.

SELECT
  concat(
    cell(customer_no, ';'), ';',
    CASE gender WHEN 'F' THEN 'Mme' WHEN 'M' THEN 'M.' ELSE '' END, ';',
    cell(surname, ';'), ';',
    cell(given_name, ';'), ';',
    if(fault = 1, '31/02/1979', coalesce(strftime(born_on, '%d/%m/%Y'), '')), ';',
    cell(phone, ';'), ';',
    cell(email, ';'), ';',
    cell(concat_ws(' ; ', street, flat), ';'), ';',
    cell(postal, ';'), ';',
    cell(city, ';'), ';',
    cell(country, ';'), ';',
    cell(card, ';'), ';',
    if(fault = 2, 'inconnu', (1 + 40 * power(chance('visits', r), 3))::INTEGER::VARCHAR), ';',
    concat('S', lpad(whole(1, 40, 'home store', i)::VARCHAR, 3, '0')), ';',
    strftime(make_timestamp(created_s * 1000000), '%d/%m/%Y'), ';',
    paris_text(updated_s),
    chr(13), chr(10)
  ) AS line
FROM pos_records;
