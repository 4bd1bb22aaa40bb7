SELECT * FROM unified_transactions WHERE order_datetime > :now
