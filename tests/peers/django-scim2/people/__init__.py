"""The users and groups of this project, as django-scim2 wants them: its SCIM attributes on models of Django's own."""
