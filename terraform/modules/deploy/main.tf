# Optional: a role by which GitHub's workflows run Terraform without a stored key.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  issuer   = "token.actions.githubusercontent.com"
  provider = var.provider_arn == null ? aws_iam_openid_connect_provider.github[0].arn : var.provider_arn
  subject  = "repo:${var.repository}:${var.environment == null ? "ref:refs/heads/${coalesce(var.branch, "-")}" : "environment:${var.environment}"}"
  roles    = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/${var.name}-*"
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.provider_arn == null ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
  tags           = var.tags
}

resource "aws_iam_role" "deploy" {
  # Not of the prefix below: a deployment must not be able to widen its own role.
  name        = "deploy-${var.name}"
  description = "GitHub's workflows of ${var.repository} deploy ${var.name}."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider }
      Condition = { StringEquals = { "${local.issuer}:aud" = "sts.amazonaws.com", "${local.issuer}:sub" = local.subject } }
    }]
  })
  tags = var.tags
}

# Everything but identities: Terraform makes a system of a dozen services.
resource "aws_iam_role_policy_attachment" "power" {
  role       = aws_iam_role.deploy.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/PowerUserAccess"
}

resource "aws_iam_role_policy" "roles" {
  name = "roles"
  role = aws_iam_role.deploy.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "iam:CreateRole", "iam:DeleteRole", "iam:GetRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:TagRole", "iam:UntagRole",
          "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
        ]
        Resource = [local.roles]
      },
      {
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = [local.roles]
        Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com", "scheduler.amazonaws.com"] } }
      },
    ]
  })
}
