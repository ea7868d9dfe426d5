/** Names of the packs of cdk-nag, as their findings begin. */
export const AWS_SOLUTIONS = ['AwsSolutions'];
export const SERVERLESS = ['Serverless'];
export const NIST_R4 = ['NIST.800.53.R4'];

/** The packs that check against a regulation. */
export const REGULATED = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'];

/** Some rules of those are missing in a few of them. */
export const WITHOUT_PCI = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5'];
export const WITHOUT_R4 = ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];
export const HIPAA_AND_R5 = ['HIPAA.Security', 'NIST.800.53.R5'];

/** Our own. */
export const TRADING_PLATFORM = ['TradingPlatform'];

/** All six of cdk-nag, Control Tower's rules and our own. */
export const ALL_PACKS = [...AWS_SOLUTIONS, ...REGULATED, ...SERVERLESS, 'cdk-validator-cfnguard', ...TRADING_PLATFORM];
