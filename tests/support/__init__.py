"""What tests share: databases, factories, browsers, forms. Fixtures are declared in tests/conftest.py."""
