"""The HTTP edge shared by pages and API: actor, errors, forms, CSRF, security headers, templates, paging."""
