"""Who is on call, put to work: what a team has entered, who may enter it, and what it makes of calls and promises."""
