mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name        = "dormouse"
  auth_domain = "dormouse-1234"
  routes      = { "GET /things" = { function = "data", access = "user" } }
  functions   = { data = { name = "dormouse-data", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/mocked/invocations" } }
}

run "with_routes_that_cost_money" {
  command = plan

  variables {
    routes = {
      "GET /things"          = { function = "data", access = "user" }
      "POST /database/start" = { function = "data", access = "user" }
      "POST /jobs"           = { function = "data", access = "user" }
    }
    throttle = { wake_rate = 3, routes = { "GET /things" = { rate = 10, burst = 30 }, "GET /elsewhere" = { rate = 1, burst = 1 } } }
  }

  assert {
    condition     = jsonencode({ for it in aws_apigatewayv2_stage.default.route_settings : it.route_key => it.throttling_rate_limit }) == jsonencode({ "GET /things" = 10, "POST /database/start" = 3, "POST /jobs" = 3 })
    error_message = "What costs money at each call has less than the rest, and others what they are given; a limit for a route that is not there would be refused."
  }

  assert {
    condition     = aws_apigatewayv2_route.this["GET /things"].authorization_type == "JWT"
    error_message = "A route for users wants a token."
  }
}

run "wrong" {
  command = plan

  variables {
    auth_domain = "my-cognito"
    routes      = { "GET /things" = { function = "data", access = "everybody" } }
    throttle    = { rate = 0 }
  }

  expect_failures = [var.auth_domain, var.routes, var.throttle]
}
