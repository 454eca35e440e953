# The whole system, planned with mocked answers of AWS. What its resources hold is checked in test/terraform (vitest), which reads the state of these
# runs and ties it to system.json and to the code.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "dormouse"
}

run "whole_system" {
  command = apply

  assert {
    condition     = output.console_url == "https://mocked.execute-api.eu-central-1.amazonaws.com/"
    error_message = "The console's URL has to be an output."
  }

  assert {
    condition     = output.next_command == "npm run migrate -- --name dormouse"
    error_message = "The next command has to be an output."
  }

  assert {
    condition     = output.database.master_secret_arn == null
    error_message = "Nobody keeps a master password unless it is asked for."
  }
}
