"""The ways a message leaves the house. Each carries one envelope and says plainly what became of it."""
