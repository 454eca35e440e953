data "aws_region" "current" {}

locals {
  url      = var.domain == null ? aws_apigatewayv2_api.this.api_endpoint : "https://${var.domain.name}"
  auth_url = "https://${aws_cognito_user_pool_domain.this.domain}.auth.${data.aws_region.current.region}.amazoncognito.com"
  # What wakes the database, makes work for it or sends mail costs money at each call: less of it. A limit for a route that is not there would be refused.
  costly = [
    "POST /database/start", "PUT /database/hold", "POST /jobs", "POST /reports", "POST /exports", "POST /me/export", "POST /me/restore/{id}", "POST /receipts", "POST /runs/monthly", "POST /expenses/bulk",
    "POST /notifications/subscription",
  ]
  limits = merge(
    { for key in local.costly : key => { rate = var.throttle.wake_rate, burst = var.throttle.wake_burst } },
    var.throttle.routes,
  )
  throttled = { for key, limit in local.limits : key => limit if contains(keys(var.routes), key) }
}

resource "aws_apigatewayv2_api" "this" {
  name                         = var.name
  description                  = "Dormouse: the console and the API of ${var.name}."
  protocol_type                = "HTTP"
  disable_execute_api_endpoint = var.domain != null
  tags                         = var.tags

  # Tokens travel in a header, never in a cookie: no credentials. Without origins there is no CORS at all.
  dynamic "cors_configuration" {
    for_each = length(var.allowed_origins) > 0 ? ["cors"] : []
    content {
      allow_origins     = var.allowed_origins
      allow_methods     = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
      allow_headers     = ["authorization", "content-type", "dormouse-background", "idempotency-key", "if-match", "if-none-match"]
      expose_headers    = ["Retry-After", "ETag", "Location", "Idempotency-Replayed"]
      allow_credentials = false
      max_age           = 600
    }
  }
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.this.id
  name             = "${var.name}-cognito"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://${aws_cognito_user_pool.this.endpoint}"
    audience = [aws_cognito_user_pool_client.console.id]
  }
}

resource "aws_apigatewayv2_integration" "function" {
  for_each = toset([for route in var.routes : route.function])

  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = var.functions[each.key].invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 30000
}

resource "aws_apigatewayv2_route" "this" {
  for_each = var.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.function[each.value.function].id}"
  authorization_type = each.value.access == "public" ? "NONE" : "JWT"
  authorizer_id      = each.value.access == "public" ? null : aws_apigatewayv2_authorizer.jwt.id
  # Only access tokens have scopes: an ID token, made for the page to read, opens nothing.
  authorization_scopes = each.value.access == "public" ? null : ["openid"]
}

resource "aws_lambda_permission" "api" {
  for_each = toset([for route in var.routes : route.function])

  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = var.functions[each.key].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*"
}

# Log groups of this prefix need no room in CloudWatch's resource policy, which API Gateway fills until it overflows.
resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/vendedlogs/${var.name}-api"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true
  tags        = var.tags

  default_route_settings {
    throttling_rate_limit  = var.throttle.rate
    throttling_burst_limit = var.throttle.burst
  }

  dynamic "route_settings" {
    for_each = local.throttled
    content {
      route_key              = route_settings.key
      throttling_rate_limit  = route_settings.value.rate
      throttling_burst_limit = route_settings.value.burst
    }
  }

  # The route, not the path: no ids, no queries, no tokens in the log.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId          = "$context.requestId"
      time               = "$context.requestTime"
      route              = "$context.routeKey"
      status             = "$context.status"
      sourceIp           = "$context.identity.sourceIp"
      userAgent          = "$context.identity.userAgent"
      latencyMs          = "$context.responseLatency"
      integrationMs      = "$context.integrationLatency"
      functionRequestId  = "$context.integration.requestId"
      integrationError   = "$context.integrationErrorMessage"
      authorizerError    = "$context.authorizer.error"
      responseLength     = "$context.responseLength"
      gatewayErrorReason = "$context.error.responseType"
    })
  }

  # A limit for a route that is not there yet is refused.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_apigatewayv2_domain_name" "this" {
  count = var.domain == null ? 0 : 1

  domain_name = var.domain.name
  tags        = var.tags

  domain_name_configuration {
    certificate_arn = var.domain.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "this" {
  count = var.domain == null ? 0 : 1

  api_id      = aws_apigatewayv2_api.this.id
  domain_name = aws_apigatewayv2_domain_name.this[0].id
  stage       = aws_apigatewayv2_stage.default.id
}
