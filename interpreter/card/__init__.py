"""All that there is to know of a spec without choosing anything."""
