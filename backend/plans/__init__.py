"""Plans: what is to be measured, frozen before there are data, and what was measured by one."""
