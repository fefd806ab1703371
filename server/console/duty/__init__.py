"""Pages of the working day: what it holds, and what one turn of duty hands to the next."""
