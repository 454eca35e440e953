# What a person can mend, as the lifecycle's alarms are; CloudWatch's first ten of an account cost nothing.

locals {
  # One queue's dead letters are not another's: what to do differs.
  dead_letters = {
    for key, queue in module.part.queues : "${key}_dead_letters" => {
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = queue.dead_letters }
      statistic   = "Maximum"
      description = "Messages of the queue ${queue.name} could not be handled and lie in ${queue.dead_letters}. Read the newest errors of the function that takes from it, mend the cause, then have them moved back (npm run redrive -- --name ${var.name} --send)."
    }
  }

  # What functions report themselves; without the function there is nothing to watch.
  reported = {
    failed_jobs = {
      function    = "job"
      metric      = "JobFailed"
      description = "Work that nobody waits for was given up: a job has failed each time that it was tried. Its reason stands in GET /jobs of who asked for it, and in the log group /aws/lambda/${var.name}-job (message job, state failed). Mend the cause; who asked for it asks again, and what the system itself wanted comes again by its schedule."
    }
    mail_refused = {
      function    = "notify"
      metric      = "MailRefused"
      description = "A notification was given up: SNS or SES refused it. The reason stands in the log group /aws/lambda/${var.name}-notify (message notification, state failed): often a sending limit, a sandbox, an address that bounces. Its user still finds it in GET /notifications."
    }
  }

  watched = merge(local.dead_letters, {
    for key, it in local.reported : key => {
      namespace   = "Dormouse"
      metric      = it.metric
      dimensions  = { service = var.name }
      statistic   = "Sum"
      description = it.description
    } if contains(keys(var.part.functions), it.function)
  })
}

module "alarms" {
  source = "../alarms"

  name    = var.name
  alarms  = local.watched
  actions = [var.alarm_topic_arn]
  tags    = var.tags
}
