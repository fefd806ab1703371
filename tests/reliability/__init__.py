"""The proof under faults: every call to the database that fails, and real processes, disks, clocks and providers."""
