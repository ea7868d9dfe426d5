import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { LibraryAcknowledgements, ServerlessSimulator, SimulatorStage } from '../src';

const app = new App();

// Begins with SimulatorStage.MVP where every dollar counts; each stage adds to the one before and replaces nothing that keeps state.
new ServerlessSimulator(app, 'ServerlessSimulator', { stage: SimulatorStage.SCALE, monthlyBudgetUsd: 250 });

// Every finding of the rule pack stops the synthesis; what is accepted has its reason in the assembly's validation-report.json.
LibraryAcknowledgements.apply(app, { owner: 'platform', reviewBy: '2027-05-31' });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
