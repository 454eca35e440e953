# Mails by SES: the domain that they come from, and a set whose events tell of mails that came back, or were not wanted.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

resource "aws_sesv2_configuration_set" "mail" {
  count = var.mail == null ? 0 : 1

  configuration_set_name = var.mail.configuration_set
  tags                   = var.tags

  # A mail has links and names: never in the clear.
  delivery_options {
    tls_policy = "REQUIRE"
  }

  # Known to SES for all senders of the account; besides, each subscription knows it of its own address.
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}

resource "aws_sesv2_configuration_set_event_destination" "returned" {
  count = var.mail == null ? 0 : 1

  configuration_set_name = aws_sesv2_configuration_set.mail[0].configuration_set_name
  event_destination_name = "returned"

  event_destination {
    enabled              = true
    matching_event_types = ["BOUNCE", "COMPLAINT"]

    event_bridge_destination {
      event_bus_arn = "arn:${data.aws_partition.current.partition}:events:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:event-bus/default"
    }
  }
}

# Verified once the DNS of the domain has the records that the output names.
resource "aws_sesv2_email_identity" "mail" {
  count = var.mail != null && try(var.mail.identity, false) ? 1 : 0

  email_identity = var.mail.domain
  tags           = var.tags
}
