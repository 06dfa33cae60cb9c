"""What tests run against: browsers, databases, object stores and sign-in providers on loopback."""
