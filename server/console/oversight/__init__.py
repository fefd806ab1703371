"""What supervisors look at: what is overdue, how fast, and the audit trail."""
