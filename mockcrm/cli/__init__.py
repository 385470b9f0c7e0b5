"""The commands of `mockcrm`, and the import of calendars.

| term | means |
|---|---|
| fixture file | a YAML file that a CRM starts from, with or without a scenario |
| bundle | a file of everything that happened in a sandbox, for `mockcrm replay` |
| status | what a command ends with: 0, 1 for a bad result, 2 for work that it could not do |

`main` lists the commands. Each has its module: `serve` (`serve`, `config`), `fixtures` (`seed`, `import`, `validate`,
`scenario`), `audit` (`audit`, `bundle`, `replay`) and `explain`. `settings` has the options of `serve`, `options` those
that commands share. `console` does all printing, so that no text from outside can steer a terminal.
"""
