#!/bin/sh
# Puts a built site before its users: hashed files first and for ever, then the pages that name them, then CloudFront's copy of those.
# usage: release-site.sh <folder> <bucket> <distribution>
set -eu
folder=$1
bucket=$2
distribution=$3

aws s3 sync "$folder/assets" "s3://$bucket/assets" --cache-control 'public, max-age=31536000, immutable' --only-show-errors
aws s3 sync "$folder" "s3://$bucket" --exclude 'assets/*' --exclude index.html --cache-control 'no-cache' --only-show-errors
aws s3 cp "$folder/index.html" "s3://$bucket/index.html" --cache-control 'no-cache' --only-show-errors
invalidation=$(aws cloudfront create-invalidation --distribution-id "$distribution" --paths /index.html --query Invalidation.Id --output text)
aws cloudfront wait invalidation-completed --distribution-id "$distribution" --id "$invalidation"
