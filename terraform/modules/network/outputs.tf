output "vpc_id" {
  description = "The VPC that is made."
  value       = aws_vpc.this.id
}

output "subnet_ids" {
  description = "Private subnets in two zones."
  value       = aws_subnet.private[*].id
}

output "functions_security_group_id" {
  description = "Security group of the functions of the data plane."
  value       = aws_security_group.functions.id
}

output "database_security_group_id" {
  description = "Security group of the database."
  value       = aws_security_group.database.id
}
