-- A line of NDJSON for each account, nested as the web shop exports them. Reads account_records.

SELECT
  concat(
    to_json({
      'accountId': account_id,
      'customerNumber': customer_no,
      'firstName': given_name,
      'lastName': surname,
      'email': email,
      'phone': phone,
      'gender': gender,
      'birthDate': if(fault = 1, '1985-02-30', strftime(born_on, '%Y-%m-%d')),
      'address': {
        'street': street,
        'complement': flat,
        'postalCode': postal,
        'city': city,
        'country': country
      },
      'loyaltyCard': card,
      'marketing': {
        'newsletter': chance('newsletter', r) < 0.6,
        'sms': chance('sms', r) < 0.2
      },
      'wishlistItems': if(fault = 2, '"douze"', (12 * power(chance('wishes', r), 3))::INTEGER::VARCHAR)::JSON,
      'createdAt': iso_instant(make_timestamp(created_s * 1000000)),
      'updatedAt': iso_instant(make_timestamp(updated_s * 1000000))
    }),
    chr(10)
  ) AS line
FROM account_records;
