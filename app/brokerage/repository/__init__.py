"""Every query of brokerage, by verb group."""
