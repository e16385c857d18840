"""Many records -> one golden customer: `records` collects them, `resolve` joins them, `golden` chooses the values."""
