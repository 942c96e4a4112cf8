# The whole way of a secret: made, kept in Secrets Manager, and read into a Secret of Kubernetes whose pods follow it.

terraform {
  required_providers {
    aws        = { source = "registry.terraform.io/hashicorp/aws" }
    kubernetes = { source = "registry.terraform.io/hashicorp/kubernetes" }
  }
}

provider "aws" { region = "eu-central-1" }

locals { names = ["DATABASE_URL", "TOKEN"] }

data "aws_secretsmanager_secrets" "all" {
  filter {
    name   = "name"
    values = [for name in local.names : "production/podcore/${name}"]
  }
}

data "aws_secretsmanager_secret_versions" "each" {
  for_each  = toset(local.names)
  secret_id = "production/podcore/${each.key}"
  lifecycle {
    precondition {
      condition     = contains(data.aws_secretsmanager_secrets.all.names, "production/podcore/${each.key}")
      error_message = "production/podcore/${each.key} is missing"
    }
  }
}

locals {
  current = { for name, all in data.aws_secretsmanager_secret_versions.each : name => one([for version in all.versions : version.version_id if contains(version.version_stages, "AWSCURRENT")]) }
}

ephemeral "aws_secretsmanager_secret_version" "each" {
  for_each   = toset(local.names)
  secret_id  = "production/podcore/${each.key}"
  version_id = local.current[each.key]
}

ephemeral "aws_secretsmanager_random_password" "password" {
  password_length     = 40
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "database" {
  name = "production/podcore/DATABASE_URL"
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id                = aws_secretsmanager_secret.database.id
  secret_string_wo         = "postgres://podcore:${ephemeral.aws_secretsmanager_random_password.password.random_password}@postgres"
  secret_string_wo_version = 1
}

resource "kubernetes_namespace_v1" "podcore" {
  metadata {
    name = "podcore-production"
  }
}

resource "kubernetes_secret_v1" "podcore" {
  metadata {
    name      = "podcore"
    namespace = kubernetes_namespace_v1.podcore.metadata[0].name
  }
  data_wo          = { for name, secret in ephemeral.aws_secretsmanager_secret_version.each : name => secret.secret_string }
  data_wo_revision = parseint(substr(sha256(jsonencode(local.current)), 0, 12), 16)
}

resource "kubernetes_deployment_v1" "web" {
  metadata {
    name      = "web"
    namespace = kubernetes_namespace_v1.podcore.metadata[0].name
  }
  spec {
    selector {
      match_labels = { app = "podcore" }
    }
    template {
      metadata {
        labels      = { app = "podcore" }
        annotations = { secrets = sha256(jsonencode(local.current)) }
      }
      spec {
        container {
          name  = "web"
          image = "podcore:1"
        }
      }
    }
  }
}

data "kubernetes_resource" "web" {
  api_version = "apps/v1"
  kind        = "Deployment"
  metadata {
    name      = kubernetes_deployment_v1.web.metadata[0].name
    namespace = kubernetes_deployment_v1.web.metadata[0].namespace
  }
  depends_on = [kubernetes_deployment_v1.web]
  lifecycle {
    postcondition {
      condition     = alltrue([for one in self.object.status.conditions : one.status != "False" if one.type == "Progressing"])
      error_message = "the rollout has failed"
    }
  }
}

output "current" { value = local.current }
