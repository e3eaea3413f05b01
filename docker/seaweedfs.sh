#!/bin/sh
# SeaweedFS with one S3 identity, taken from the environment: no key stands in a file of the repository.
set -eu
umask 077
cat > /tmp/identities.json <<JSON
{"identities":[{"name":"polyreel","credentials":[{"accessKey":"$S3_ACCESS_KEY_ID","secretKey":"$S3_SECRET_ACCESS_KEY"}],"actions":["Admin","Read","Write","List","Tagging"]}]}
JSON
exec weed -logtostderr=true server -dir=/data -ip=seaweedfs -ip.bind=0.0.0.0 -master.telemetry=false -master.volumeSizeLimitMB=1024 \
  -volume.max=0 -volume.preStopSeconds=1 -filer -s3 -s3.port=8333 -s3.port.iceberg=0 -s3.port.lance=0 -s3.config=/tmp/identities.json
