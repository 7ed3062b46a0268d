import type { NamePatterns } from './pattern.ts';

/** Names of what a sale is kept in, in the notation of `isNamed`. */
export const SALE_NAMES = {
  /** Tables whose rows say what a customer has ordered. Not what is bid, offered, given or traded, where the customer says how much. */
  sales: [
    ...['*_order', '*_order_item', '*_order_line', '*_order_line_item', '*_order_detail', '*_order_product'],
    ...['*_line_item', '*_booking', '*_booking_item', '*_booking_service', '*_booking_addon', '*_reservation'],
    ...['*_reservation_item', '*_ticket', '*_ticket_purchase', '*_enrollment', '*_enrolment', '*_registration'],
    ...['*_purchase', '*_purchase_item', '*_rental', '*_rental_item', '*_appointment', '*_appointment_service'],
    ...['*_checkout', '*_payment', '*_course_purchase', '*_event_participant', '*_event_attendee'],
    ...[
      '!*_purchase_order_*',
      '!*_work_order_*',
      '!*_sale_order_*',
      '!*_sales_order_*',
      '!*_trade_*',
      '!*_limit_order',
    ],
    ...['!*_sell_order', '!*_market_order', '!*_crypto_*', '!*_stock_order', '!*_support_ticket', '!*_donation_*'],
    ...['!*_tip_*', '!*_bid_*', '!*_offer_*', '!*_quote_*', '!*_vendor_*', '!*_supplier_*', '!*_cart_*'],
  ],
  /** What a thing costs whoever buys it. */
  listPrice: [
    ...['*_price', 'price_*', 'fee', 'entry_fee', 'registration_fee', 'participation_fee', 'enrollment_fee'],
    ...['course_fee', 'consultation_fee', 'session_fee', 'appointment_fee', 'class_fee', 'tuition_fee'],
    ...['hourly_rate', 'daily_rate', 'nightly_rate', 'session_rate', 'rate_per_*'],
    ...['!*_min_*', '!*_max_*', '!*_minimum_*', '!*_maximum_*', '!*_starting_*', '!*_start_*', '!*_reserve_*'],
    ...['!*_current_price', '!*_market_*', '!*_last_*', '!*_cost_*', '!*_purchase_*', '!*_buy_*', '!*_old_*'],
    ...['!*_original_*', '!*_compare_*', '!*_previous_*', '!*_avg_*', '!*_average_*', '!*_estimated_*'],
    ...['!*_suggested_*', '!*_target_*', '!*_bid_*', '!*_asking_*', '!*_offer_*', '!*_total_*', '!*_wholesale_*'],
    ...['!*_id', '!*_type', '!*_level', '!*_range', '!*_unit', '!*_tier', '!*_at', '!*_from', '!*_to', '!*_count'],
  ],
  /** What a customer is to pay for what was ordered. */
  amount: [
    ...['price', 'unit_price', 'item_price', 'ticket_price', 'booking_price', 'order_price', 'room_price'],
    ...['course_price', 'service_price', 'product_price', 'final_price', 'total_price', 'rental_price', 'sale_price'],
    ...['price_paid', 'price_each', 'price_at_*', 'price_per_*', 'price_cents', 'price_in_cents', 'price_usd'],
    ...['price_eur', 'unit_price_*', 'total_price_*', 'total', 'grand_total', '*_subtotal', 'subtotal_*', 'line_total'],
    ...['order_total', 'item_total', 'total_amount', 'total_amount_*', 'total_cost', 'total_cents', 'total_fee'],
    ...['total_due', 'total_paid', 'total_in_cents', 'amount', 'amount_cents', 'amount_in_cents', 'amount_paid'],
    ...['amount_total', 'amount_due', 'paid_amount', 'order_amount', 'booking_amount', 'payment_amount'],
    ...['final_amount', 'fee', 'entry_fee', 'registration_fee', 'participation_fee', 'enrollment_fee', 'course_fee'],
    ...['consultation_fee', 'session_fee', 'appointment_fee', 'class_fee', 'tuition_fee'],
    ...['!*_id', '!*_type', '!*_at'],
  ],
  /** Columns by which a row belongs to who sells, not to who buys. */
  seller: [
    ...['*_seller_*', '*_vendor_*', '*_merchant_*', '*_host_*', '*_provider_*', '*_staff_*', '*_employee_*'],
    ...['*_cashier_*', '*_operator_*', '*_instructor_*', '*_teacher_*', '*_tutor_*', '*_coach_*', '*_trainer_*'],
    ...['*_doctor_*', '*_therapist_*', '*_agent_*', '*_driver_*', '*_organizer_*', '*_organiser_*', '*_owner_*'],
    ...['*_creator_*', '*_supplier_*', '*_business_*', '*_store_*', '*_shop_*', '*_restaurant_*', '*_company_*'],
    ...['*_admin_*', '*_manager_*', '*_photographer_*', '*_freelancer_*', '*_artist_*', '*_mentor_*', '*_tenant_*'],
    ...['*_org_*', '*_organization_*', '*_organisation_*', '*_by', '*_by_id', '*_by_user_id', '!booked_by_*'],
    ...['!ordered_by_*', '!purchased_by_*', '!reserved_by_*', '!requested_by_*'],
  ],
} as const satisfies Record<string, NamePatterns>;
