#!/usr/bin/env python3
"""The script that one writes first: requests and boto3 in a pool of threads. It checks nothing and keeps no record.

usage: peer_boto3.py TASKS.csv SOURCE_URL STORE_URL THREADS, or --check to tell whether its libraries are there
"""
import csv
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import requests
from botocore.config import Config

if sys.argv[1] == "--check":
    sys.exit(0)

tasks, source, store, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
s3 = boto3.client(
    "s3",
    endpoint_url=store,
    region_name="us-east-1",
    aws_access_key_id="bench",
    aws_secret_access_key="bench",
    config=Config(s3={"addressing_style": "path"}, max_pool_connections=4 * threads),
)
session = requests.Session()
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=4 * threads))


def archive(task):
    answer = session.get(f"{source}/avatar/task/{task}", headers={"Authorization": "Bearer bench"}).json()
    files = {"video.mp4": answer["no_wm_work_video_path"], "preview.webp": answer["work_webp_path"]}
    for name, url in files.items():
        with session.get(url, stream=True) as response:
            s3.upload_fileobj(response.raw, "bench", f"media/{task}/{name}")


with open(tasks) as lines, ThreadPoolExecutor(threads) as pool:
    for _ in pool.map(archive, [line["task_id"] for line in csv.DictReader(lines)]):
        pass
