"""Our infrastructure: database and unit of work, state changes, outbox, audit chain, rates, telemetry."""
