"""What each provider of text messages and calls speaks: pure translations, no connection is made here."""
