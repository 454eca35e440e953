# Buckets: private, versioned, encrypted, over TLS only. What is not needed goes by itself.

resource "aws_s3_bucket" "this" {
  for_each = var.buckets

  bucket = each.value.name
  # What is protected is not deleted with everything in it.
  force_destroy = !var.options.deletion_protection
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = var.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id
  versioning_configuration {
    status = "Enabled"
  }
}

# With a key of one's own a key for the bucket stands between: one call of KMS for many objects.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id
  rule {
    bucket_key_enabled = var.options.kms_key_arn != null
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.options.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.options.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]
      Condition = local.not_tls
    }]
  })

  # S3 refuses two changes of a bucket's policy and its public access at once.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = var.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "tidy"
    status = "Enabled"
    filter {}

    # What somebody deleted or wrote over by mistake can be had back for so long.
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = each.value.expire
    content {
      id     = "expire-${rule.key}"
      status = "Enabled"
      filter {
        prefix = "${rule.key}/"
      }
      expiration {
        days = rule.value
      }
      noncurrent_version_expiration {
        noncurrent_days = 1
      }
    }
  }

  # Rules for versions want versions.
  depends_on = [aws_s3_bucket_versioning.this]
}

# A page posts a file with a form that a function has signed; nothing else of a bucket is for pages.
resource "aws_s3_bucket_cors_configuration" "this" {
  for_each = { for key, bucket in var.buckets : key => bucket if bucket.uploads != null }

  bucket = aws_s3_bucket.this[each.key].id
  cors_rule {
    allowed_methods = ["POST"]
    allowed_origins = var.origins
    allowed_headers = ["*"]
    max_age_seconds = 600
  }
}

# Rules of EventBridge tell functions of new objects.
resource "aws_s3_bucket_notification" "this" {
  for_each = var.buckets

  bucket      = aws_s3_bucket.this[each.key].id
  eventbridge = true
}
