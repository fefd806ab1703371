"""The caseload, a client's record, check-ins and schedules, and the plans that are due."""
