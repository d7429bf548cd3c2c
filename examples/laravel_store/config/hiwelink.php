<?php

// config/hiwelink.php
return [
    'api_key'      => env('HIWELINK_API_KEY', ''),
    'webhook_url'  => env('HIWELINK_WEBHOOK_URL', ''),
    'store_token'  => env('HIWELINK_STORE_TOKEN', ''),
];
