"""Questionnaires, their rules in words, and rules tried on past answers."""
