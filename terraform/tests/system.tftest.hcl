# The whole system, planned. The vitest beside the code reads the state of these runs too (test/terraform).

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "budget"
}

run "whole_system" {
  command = apply

  assert {
    condition     = output.console_url == "https://mocked.execute-api.eu-central-1.amazonaws.com/"
    error_message = "The console's URL has to be an output."
  }
}
