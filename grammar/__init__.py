"""The grammar of `.arch` as data: rules, reserved words, one wrong snippet per syntax error."""
