"""Who is on call: the days ahead, the rota, stand-ins, out of office."""
