"""Every query of rounds. The time that decides is the database's, asked for after the row is locked."""
