/** Programs that run in the image of the emulator, which has Python and botocore. */

/** Makes the resources, and the secrets from files; what is there already stays. */
export const MAKE_RESOURCES = `
import json, pathlib, time
import botocore.exceptions, botocore.session
session = botocore.session.get_session()
EXISTING = ('ResourceInUseException', 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists', 'QueueAlreadyExists', 'QueueNameExists', 'ResourceExistsException')
def call(service, operation, parameters):
    client = session.create_client(service)
    for attempt in range(60):
        try:
            return getattr(client, operation)(**parameters)
        except botocore.exceptions.EndpointConnectionError:
            time.sleep(1)
        except botocore.exceptions.ClientError as error:
            if error.response['Error']['Code'].split('.')[-1] in EXISTING:
                return print(operation, 'is there already')
            raise
    raise SystemExit('the emulator does not answer')
for one in json.loads(pathlib.Path('/compose/calls.json').read_text()):
    call(one['service'], one['operation'], one['parameters'])
    print(one['service'], one['operation'], 'done', flush=True)
for name, text in json.loads(pathlib.Path('/run/secrets/secrets').read_text()).items():
    call('secretsmanager', 'create_secret', {'Name': name, 'SecretString': text})
    print('secret', name, 'done', flush=True)
`.trim();

/** Carries messages of queues to functions, as an event source mapping does, and deletes those that were handled. */
export const CARRY_EVENTS = `
import json, pathlib, threading, time, urllib.request
import botocore.session
session = botocore.session.get_session()
def invoke(function, event):
    request = urllib.request.Request('http://%s:8080/2015-03-31/functions/function/invocations' % function, json.dumps(event).encode())
    with urllib.request.urlopen(request, timeout=900) as response:
        answer = json.loads(response.read() or 'null')
    if isinstance(answer, dict) and 'errorMessage' in answer:
        raise RuntimeError(answer['errorMessage'])
    return answer
def carry(queue, arn, function, size):
    client = session.create_client('sqs')
    while True:
        try:
            messages = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=size, WaitTimeSeconds=10,
                                              AttributeNames=['All'], MessageAttributeNames=['All']).get('Messages', [])
            if not messages:
                continue
            records = [{'messageId': m['MessageId'], 'receiptHandle': m['ReceiptHandle'], 'body': m['Body'], 'attributes': m.get('Attributes', {}),
                        'messageAttributes': {}, 'eventSource': 'aws:sqs', 'eventSourceARN': arn, 'awsRegion': arn.split(':')[3]} for m in messages]
            failed = {f['itemIdentifier'] for f in ((invoke(function, {'Records': records}) or {}).get('batchItemFailures') or [])}
            for m in messages:
                if m['MessageId'] not in failed:
                    client.delete_message(QueueUrl=queue, ReceiptHandle=m['ReceiptHandle'])
        except Exception as error:
            print(function, error, flush=True)
            time.sleep(1)
for one in json.loads(pathlib.Path('/compose/mappings.json').read_text()):
    threading.Thread(target=carry, args=(one['queue'], one['arn'], one['function'], one['batchSize'])).start()
`.trim();

/** Invokes functions once, one after the other, as a deployment's triggers do. */
export const RUN_TRIGGERS = `
import json, pathlib, time, urllib.error, urllib.request
for function in json.loads(pathlib.Path('/compose/triggers.json').read_text()):
    for attempt in range(60):
        try:
            request = urllib.request.Request('http://%s:8080/2015-03-31/functions/function/invocations' % function, b'{}')
            answer = json.loads(urllib.request.urlopen(request, timeout=900).read() or 'null')
            break
        except urllib.error.URLError:
            time.sleep(1)
    else:
        raise SystemExit(function + ' does not answer')
    if isinstance(answer, dict) and 'errorMessage' in answer:
        raise SystemExit(function + ': ' + answer['errorMessage'])
    print(function, 'done', flush=True)
`.trim();

/** A certificate authority of this composition, and a certificate for each host that speaks TLS. */
export function makeCertificates(hosts: readonly string[]): string {
  return `
set -e
cd /certificates
[ -f ca.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 825 -subj '/CN=docker compose' -addext basicConstraints=critical,CA:TRUE
for host in ${hosts.join(' ')}; do
  [ -f $host.pem ] && continue
  openssl req -newkey rsa:2048 -nodes -keyout $host.key -out $host.csr -subj "/CN=$host"
  printf "subjectAltName=DNS:$host,DNS:localhost" > $host.ext
  openssl x509 -req -in $host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $host.pem -days 825 -extfile $host.ext
done
chmod 644 *.pem *.key
`.trim();
}
