"""Statistics with jobs as they are delivered: reading any file of them, checking it whole, loading it by year and revision."""
