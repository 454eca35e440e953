mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name = "dormouse"
  cidr = "10.9.0.0/26"
}

run "smallest" {
  command = plan

  assert {
    condition     = join(" ", aws_subnet.private[*].cidr_block) == "10.9.0.0/28 10.9.0.16/28"
    error_message = "Two subnets of 16 addresses fit into a /26."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.gateway : endpoint.vpc_endpoint_type == "Gateway" && jsondecode(endpoint.policy).Statement[0].Effect == "Deny"])
    error_message = "Where no function may do anything, the endpoints let nothing through."
  }
}
