"""Who is on call when: the rule of the rota, and rotas as calendar files."""
