"""One construct of every layer, and every system, from the wheel alone.

Arguments: names of the systems. The last line is what was synthesised, as JSON.
"""
import json
import sys

import aws_cdk as cdk
import cdk_trading_platform as trading
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk.assertions import Template

app = cdk.App(context={"aws:cdk:bundling-stacks": []})
stack = trading.TradingStack(app, "Layers", env=cdk.Environment(region="us-east-1"))

network = trading.TradingNetwork(stack, "Network")
identity = trading.TradingUserPool(stack, "Identity")
balancer = elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(
    stack,
    "Balancer",
    load_balancer_arn="arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/api/50dc6c495c0c9188",
    security_group_id="sg-0123456789abcdef0",
    load_balancer_dns_name="api.elb.amazonaws.com",
    vpc=network.vpc,
)
alarm = cloudwatch.Alarm.from_alarm_arn(stack, "Alarm", "arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders")

trading.TradingBudget(stack, "Budget", monthly_limit_usd=6000, emails=["oncall@example.com"])
trading.DataKeys(stack, "Keys")
trading.TradingLogGroup(stack, "Logs")
trading.SettlementQueue(stack, "Settlement")
trading.TradesTable(stack, "Trades")
trading.TradingCluster(stack, "Cluster", vpc=network.vpc)
trading.TradingRestApi(
    stack,
    "Api",
    vpc=network.vpc,
    backend=trading.RestApiBackend.application_load_balancer(balancer),
    user_pools=[identity.user_pool],
    routes=[trading.RestApiRoute(method=trading.RestMethod.POST, path="/v1/orders")],
)
trading.RegionalWebAcl(stack, "WebAcl", behind_cloud_front=False)
trading.ZonePowerDrill(stack, "Drill", availability_zone="us-east-1a", stop_alarms=[alarm])
trading.ServiceRepository(stack, "Images")

# What shows, per layer, that the construct came through with its defaults: a type and a property that only we set.
EXPECTED = {
    "governance": ("AWS::Budgets::Budget", {"Budget": {"BudgetLimit": {"Amount": 6000, "Unit": "USD"}}}),
    "network": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
    "security": ("AWS::KMS::Key", {"EnableKeyRotation": True}),
    "observability": ("AWS::Logs::LogGroup", {}),
    "identity": ("AWS::Cognito::UserPool", {}),
    "messaging": ("AWS::SQS::Queue", {"FifoQueue": True}),
    "data": ("AWS::DynamoDB::GlobalTable", {"BillingMode": "PAY_PER_REQUEST"}),
    "compute": ("AWS::ECS::Cluster", {}),
    "ingress": ("AWS::ApiGateway::RestApi", {}),
    "edge": ("AWS::WAFv2::WebACL", {"Scope": "REGIONAL"}),
    "resilience": ("AWS::FIS::ExperimentTemplate", {}),
    "delivery": ("AWS::ECR::Repository", {"ImageTagMutability": "IMMUTABLE"}),
}
template = Template.from_stack(stack)
for layer, (kind, properties) in EXPECTED.items():
    template.has_resource_properties(kind, properties)
    print(f"{layer:14} {kind}", file=sys.stderr)

synthesised = {"layers": len(EXPECTED), "resources": len(template.to_json()["Resources"]), "systems": {}}
for name in sys.argv[1:]:
    one = cdk.App(context={"aws:cdk:bundling-stacks": []})
    getattr(trading, name)(one, name)
    resources = sum(len(part.template.get("Resources", {})) for part in one.synth().stacks_recursively)
    if resources == 0:
        raise SystemExit(f"{name} synthesised nothing")
    synthesised["systems"][name] = resources
    print(f"{name:14} {resources} resources", file=sys.stderr)
print(json.dumps(synthesised))
