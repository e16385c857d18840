"""What exports call the canonical columns, in Chinese and English (German: `german`); one line a column, '|' between the
names.

Names are compared by `header_form`: without case, spaces, punctuation and what stands in brackets. `*` stands for every
table that has the column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from crm_lib.ingest.profile import german
from crm_lib.ingest.values.text import match_form

# Of a row that is about an order; its own number stands before them.
_ORDER_NUMBERS = (
    "订单号|订单编号|订单ID|关联订单|关联订单号|相关订单号|涉及订单|涉及订单号|所属订单号|销售单号|小票号|预订号|预订单号|预约单号|"
    "order id|order|order no|order number|order ref|order reference|related order|booking|booking id|booking ref|booking reference|"
    "booking number|booking no|reservation|reservation id|reservation no|reservation number|receipt no|receipt number|transaction id|"
    "invoice no|invoice number|confirmation no|confirmation number|conf no"
)
HEADERS: dict[str, dict[str, str]] = {
    "*": {
        "customer_key": "会员号|会员编号|会员卡号|会员ID|会员代码|会员账号|卡号|客户编号|客户编码|客户代码|客户ID|客户号|顾客编号|顾客ID|买家ID|买家编号|"
        "用户ID|用户编号|用户账号|账户ID|购货单位代码|单位编号|单位编码|买家账号|openid|unionid|学员编号|学号|企业编号|customer id|customer no|customer number|customer code|"
        "customer key|client id|client no|client code|member id|member no|member number|member code|membership number|card no|card number|"
        "loyalty id|loyalty number|user id|userid|account id|account number|account no|contact id|record id contact|buyer id|shopper id|"
        "student id|subscriber id|cust id|cust no|household id|party id|associated contact ids|associated contact id|patient|patient id|patient no|patient number|patient key|chart no|chart number|medical record number|mrn|病历号|患者编号|患者ID|就诊卡号|诊疗卡号|下单帐号|下单账号|买家帐号|买家会员名|买家昵称|买家旺旺|旺旺号|旺旺名|旺旺昵称|买家用户名|买家用户ID|"
        "买家标识|买家openuid|ouid|open uid|buyer user id|buyer username|buyer nick|buyer username or id|buyer account|profile id|profile no|guest id|guest no",
        "phone": "手机|手机号|手机号码|会员手机|会员手机号|会员电话|客户手机|客户手机号|客户电话|联系手机|联系电话|联系方式|联系人电话|联系人手机|电话|电话号码|"
        "移动电话|买家手机|买家手机号|买家电话|收货人手机|收货人手机号|收货人电话|收件人电话|收件人手机|下单手机号|下单人手机号|绑定手机|绑定手机号|注册手机号|"
        "来电号码|主叫号码|被叫号码|客户号码|车主电话|车主手机|送修人电话|投保人电话|学员手机|家长手机|会员联系电话|mobile|mobile no|mobile number|mobile phone|mobile phone number|phone|"
        "phone no|phone number|cell|cell phone|cellphone|telephone|telephone number|tel|contact number|contact phone|billing phone|"
        "shipping phone|customer phone|home phone|work phone|patient phone|患者电话|caller|caller id|caller number|msisdn|whatsapp number|default address phone",
        "email": "邮箱|电子邮箱|电子信箱|电子邮件|邮件地址|客户邮箱|联系邮箱|会员邮箱|买家邮箱|email|e-mail|email address|mail|customer email|billing email|"
        "contact email|requester email|respondent email|work email|user email|buyer email|guest email",
        "name": "姓名|会员姓名|会员名|会员名称|客户姓名|客户名称|客户|顾客姓名|顾客|联系人|联系人姓名|买家姓名|用户昵称|昵称|收货人|收货人姓名|"
        "收件人|收件人姓名|真实姓名|购货单位|购货单位名称|单位全名|公司名称|企业名称|单位名称|用户姓名|学员姓名|name|full name|customer name|client name|member name|"
        "contact name|display name|account name|company name|company|organisation|organization|billing name|shipping name|requester|"
        "requester name|buyer name|user name|customer|client|patient name|patient|患者姓名|患者|车主|车主姓名|车主名称|送修人|送修人姓名|投保人|投保人姓名|被保险人|购车人|购车客户|recipient name|respondent|respondent name|guest name|guest",
        "channel": "渠道|渠道名称|渠道类型|来源渠道|销售渠道|订单来源|订单渠道|下单渠道|来源|来源平台|平台|销售平台|客户来源|触达渠道|沟通渠道|沟通方式|联系渠道|跟进方式|"
        "回访方式|进线渠道|受理渠道|反馈渠道|问卷渠道|发送渠道|推送渠道|channel|sales channel|source|source name|lead source|order source|platform|origin|case origin|"
        "via|medium|utm medium|contact method|communication channel|activity type|collector|回访渠道|提醒方式|reminder type|contact channel|source of business|booking channel|booking source|reservation source|拜访方式|拜访形式|走访方式",
        "store": "门店|门店名称|店铺|店铺名称|归属门店|建档门店|诊所|院区|网店|店名|分店|下单门店|消费门店|所属门店|销售门店|下单网点|核销门店|校区|门店编号|服务站|服务网点|维修站|维修网点|服务门店|维修门店|出单门店|经销店|经销商|经销商名称|部门|销售部门|所属大区|销售大区|大区|事业部|store|store name|store id|shop|shop name|"
        "location|location name|branch|outlet|site|warehouse|clinic|clinic name|practice|practice name|office|office name|hotel|hotel name|hotel code|property|property name|property code|resort|restaurant|restaurant name|酒店|酒店名称",
        "owner": "负责人|归属人|客户归属|专属发型师|专属美容师|专属技师|专属造型师|所属发型师|添加人|添加成员|所属成员|专属导购|导购|导购员|所属导购|店员|业务员|销售员|销售人员|客户经理|跟进人|跟进员工|客服|客服人员|处理人|服务工程师|维修工程师|工程师|维修人员|经手人|处理客服|受理人|受理客服|顾问|会籍顾问|"
        "课程顾问|经办人|坐席|责任人|责任客服|主责人|主治医生|主诊医生|接诊医生|责任医生|服务顾问|售后顾问|销售顾问|维修顾问|接待人|接待人员|回访专员|回访人|回访人员|续保专员|专员|owner|owner name|account owner|contact owner|case owner|record owner|sales rep|salesperson|sales person|account manager|assignee|"
        "assigned to|agent|agent name|assigned agent|staff|staff name|advisor|representative|activity assigned to|sent by|provider|provider name|primary provider|treating provider|dentist|doctor|hygienist|physician|practitioner|clinician|therapist|handled by|dealt with by|taken by",
    },
    "customers": {
        "gender": "性别|会员性别|客户性别|性别男女|gender|sex|salutation gender",
        "birth_date": "生日|会员生日|出生日期|出生年月日|出生年月|客户生日|birthday|birth date|birthdate|date of birth|dob",
        "province": "省|省份|所在省|所在省份|所属省份|省区|province|state|state region|billing state|province name|default address province code",
        "city": "城市|市|所在城市|所在地|所在市|所属城市|常住城市|居住城市|地区|所在地区|区域|city|town|billing city|mailing city|shipping city|default address city|locality",
        "joined_on": "入会日期|入会时间|注册日期|注册时间|开卡日期|开卡时间|办卡日期|办卡时间|开户日期|开户时间|成为会员时间|成为客户时间|成为客户日期|加入时间|建档日期|建档时间|建档日|建立日期|首次关注时间|报名日期|"
        "签约日期|客户创建时间|创建日期|创建时间|joined on|join date|joined|date joined|signup date|sign up date|signed up|registration date|registered|registered on|"
        "date registered|member since|account opened|date opened|opened on|account open date|customer since|created date|create date|created at|created|date created|became a customer date|first visit|first visit date|first seen|date first seen|date of first visit|new patient date|date established|初诊日期|初诊时间|首诊日期|建卡日期|start date",
        "join_channel": "注册渠道|注册来源|入会渠道|入会来源|开卡渠道|会员来源|客户来源|获客渠道|来源渠道|首次来源|渠道来源|来源|join channel|signup source|sign up source|"
        "acquisition channel|original source|lead source|registration source|source",
        "tier": "等级|会员等级|卡种|卡类|会员卡类型|会员卡种|会员类型|会员级别|会员卡名称|会员卡等级|卡等级|卡类型|客户等级|客户级别|客户分级|级别|tier|level|member level|member tier|loyalty tier|membership|"
        "membership level|membership type|card type|customer level|rating|customer tier|grade",
        "age_band": "年龄段|年龄区间|年龄层|age band|age group|age range|age bracket|age desc",
        "income_band": "收入|收入段|收入区间|月收入|年收入区间|income|income band|income range|income bracket|household income",
        "id_number": "统一社会信用代码|社会信用代码|信用代码|营业执照号|营业执照号码|工商注册号|纳税人识别号|税号|company number|company registration number|"
        "registration number|vat number|vat id|tax id|tax number|ein|duns number|duns",
        "company_size": "公司规模|企业规模|人员规模|员工人数|员工规模|公司人数|company size|employees|number of employees|employee count|headcount|no of employees",
        "customer_type": "客户类型|客户类别|客户性质|客户属性|客户种类|单位性质|企业性质|公私类型|买家类型|会员性质|顾客类型|customer type|client type|account type|customer category|customer kind|buyer type|type of customer|customer group|record type",
        "decision_maker": "决策人|关键决策人|采购决策人|采购负责人|决策链|decision maker|decision maker name|key decision maker|buying decision maker|economic buyer",
        "contact": "联系人|联系人姓名|联系人名称|contact|contact name|contact person|primary contact name",
        "role": "职务|职位|岗位|头衔|job title|position|role|contact role|title",
        "is_primary": "是否主要联系人|主要联系人|首要联系人|主联系人|是否主联系人|is primary|primary contact|primary|main contact|is main contact",
        "decides": "是否决策人|是否关键决策人|是否决策者|is decision maker|decision maker flag|decides",
        "last_login_on": "最近登录|最近登录日期|最近登录时间|最后登录|最后登录日期|最后登录时间|上次登录|上次登录时间|末次登录时间|最近活跃日期|最近使用时间|last login|last login date|last login at|"
        "last logged in|last log in|last sign in|last sign in at|last seen|last seen at|last active|last active at|last active date|last activity date|last accessed",
        "may_contact": "happy to be contacted|是否允许联系|允许营销|是否允许营销|可营销|是否可营销|允许触达|允许联系|可否联系|是否可联系|是否接受营销|接受营销|接收短信|是否接收短信|是否接受短信|接受短信|同意营销|营销授权|是否订阅|may contact|ok to text|ok to call|ok to email|ok to contact|okay to text|can text|text opt in|sms opt in|是否允许推送|允许推送|是否接受推送|接受推送|是否接收推送|推送授权|消息推送|是否同意推送|是否可推送|是否接收消息|是否接收营销信息|是否同意接收营销信息|营销许可|是否可触达|marketing consent|accepts marketing|"
        "accepts email marketing|accepts sms marketing|email opt in|opt in|opted in|opt in marketing|consent|subscribed|newsletter",
    },
    "order_lines": {
        "order_id": "订单号|订单编号|订单ID|订单编码|主订单号|主订单编号|交易单号|交易号|单号|单据号|单据编号|小票号|流水号|销售单号|出库单号|消费单号|合同编号|结算单号|维修单号|维修工单号|委托书号|保单号|保险单号|合同号|order id|order|order no|"
        "order number|order name|order reference|invoice|invoice no|invoice number|receipt no|receipt number|transaction id|transaction no|basket id|opportunity id|deal id|"
        "sales order|document no|record id deal|purchase id|name|reservation no|reservation number|reservation id|booking id|booking no|booking number|booking reference|booking ref|confirmation no|confirmation number|conf no|folio no|folio number|预订号|预订单号",
        "line_no": "行号|序号|明细行号|子订单号|子订单编号|明细编号|分录号|line no|line number|line item|line|item no|line id|row no|order item id",
        "ordered_at": "下单时间|订单时间|订单创建时间|订单提交时间|订单成交时间|订单付款时间|订单支付时间|支付完成时间|付款确认时间|订单确认时间|付款时间|支付时间|买家付款时间|成交时间|交易时间|消费时间|购买时间|完成时间|订单日期|结算时间|ordered at|order time|order date time|paid at|payment time|pay time|pay date|"
        "transaction time|transaction timestamp|created at|processed at|purchase time|timestamp|completed at|close date|order datetime|booked at|booking time|预订时间",
        "ordered_on": "下单日期|营业日期|订单日期|交易日期|消费日期|购买日期|销售日期|单据日期|开单日期|业务日期|成交日期|付款日期|签单日期|签约日期|办卡日期|购卡日期|结算日期|开单日|出厂日期|维修日期|进厂日期|送修日期|交车日期|提车日期|出单日期|投保日期|起保日期|日期|ordered on|order date|date|sale date|sales date|"
        "transaction date|invoice date|purchase date|day|date paid|paid on|paid at|paid date|payment date|document date|posting date|close date|closed date|order created date|booked on|booking date|date booked|reservation date|reserved on|预订日期",
        "kind": "订单状态|订单类型|交易类型|交易状态|单据类型|业务类型|销售类型|类型|退款状态|售后状态|状态|order type|transaction type|type|kind|order status|status|financial status|payment status|sale type|stage|deal stage|opportunity stage|sales stage|res status|reservation status|booking status|预订状态",
        "refund_of": "原订单号|原单号|原小票号|原单据号|原单据编号|原交易单号|原交易号|原销售单号|原订单编号|原流水号|原出库单号|对应原单号|原始单号|原始小票号|退货原单号|退款原单号|关联订单号|原始订单编号|原合同号|原合同编号|refund of|original order|original order id|original order no|original invoice|original invoice no|original receipt|original receipt no|original transaction id|refunded order|parent order id|源单号|源单编号|源单据号|源单据编号|来源单号|来源单据号|退货源单号",
        "product_id": "商品编号|商品编码|商品ID|商品代码|产品编号|产品编码|货号|款号|SKU|规格编码|商家编码|条码|商品条码|物料编码|物料代码|product id|product code|product no|sku|sku id|item id|"
        "item code|item number|stock code|stockcode|lineitem sku|upc|barcode|variant sku|asin|part number|cdt code|cpt code|ada code|procedure code|code|项目编码|项目编号",
        "product_name": "商品名称|选购商品|商品名|商品|商品标题|商品信息|产品名称|产品|品名|宝贝标题|货品名称|物料名称|课程名称|课程|卡种|卡型|会员卡名称|课包名称|服务项目|项目名称|项目|product name|product|product title|item|item name|"
        "title|lineitem name|line item name|description|product description|procedure|procedure name|procedure description|treatment|service|service name|opportunity name|deal name|item|room type|房型",
        "category": "品类|项目大类|项目分类|项目类别|服务大类|服务类别|服务分类|类目|分类|商品分类|商品类目|商品类别|商品品类|产品分类|产品类别|大类|类别|category|product category|product type|department|item category|product group|line of business|产品大类|商品大类|物料大类|物料分类|物料类别|存货分类|存货类别|存货大类",
        "brand": "品牌|商品品牌|品牌名称|brand|brand name|manufacturer|vendor",
        "quantity": "数量|商品数量|宝贝总数量|订购数量|购买数量|销售数量|件数|销量|实发数量|基本单位数量|quantity|qty|units|item quantity|lineitem quantity|number of items|pieces|pcs|count",
        "amount": "买家实际支付金额|实付金额|实付|订单实付金额|商品实付金额|买家实付金额|用户实付金额|实际支付金额|实际付款金额|实付款|实付总金额|实收金额|实收|商家实收金额|结算金额|支付金额|付款金额|成交金额|金额|销售金额|销售额|交易金额|消费金额|订单金额|价税合计|合计金额|总金额|总价|含税金额|应收金额|订单应付金额|应付金额|买家应付货款|小计|收费金额|费用|费用金额|诊疗费用|保费|实收保费|成交价|成交价格|售价|"
        "签单金额|amount|order amount|total|order total|total amount|total price|grand total|net sales|net amount|net total|sales|sales amount|sales value|revenue|line total|line amount|subtotal|"
        "paid amount|amount paid|price paid|gross amount|item total|deal amount|order total amount|total fee|fee|fees|fee amount|total charge|charge|charges|charge amount|billed amount|amount billed|gross production",
        "currency": "币种|币别|货币|结算币种|currency|currency code|currency iso code|order currency|curr|ccy",
        "salesperson": "发型师|美发师|造型师|美容师|美甲师|美睫师|理疗师|按摩师|技师|服务技师|服务人员|服务人|服务员工|手艺人|销售人|售卡人|销售人员|销售员|业务员|业务人员|导购|导购员|所属导购|店员|销售顾问|成交顾问|成交人|成单人|开单人|开单员|经手人|经办人|销售代表|业务代表|会籍顾问|课程顾问|服务顾问|顾问|销售负责人|商机负责人|客户经理|salesperson|sales person|"
        "salesperson name|sales rep|sales rep name|sales representative|salesman|sold by|sales associate|sales assistant|sales agent|sales consultant|clerk|sales clerk|adviser|advisor|deal owner|opportunity owner|sales owner|account executive|rep",
        "cost": "成本|成本价|成本金额|商品成本|销售成本|进货成本|cost|cost of goods|cogs|total cost|cost amount",
        "tax_rate": "税率|增值税率|税率%|tax rate|vat rate|gst rate|tax %|vat %|tax percent|vat percent",
        "tax_amount": "税额|增值税额|税金|销项税额|tax amount|tax|vat amount|vat|gst|gst amount|sales tax|total tax|taxes",
        "paid_until": "服务结束|服务结束日期|服务截止日期|服务到期日|到期日期|到期日|到期时间|有效期至|有效期止|有效期截止|有效期|截止日期|会员到期日|会员有效期|合同到期日|合同结束日期|套餐到期日|课程有效期|卡有效期|续费到期日|保险止期|保险到期日|保险终止日期|保单到期日|终保日期|"
        "paid until|paid through|paid up to|valid until|valid to|valid through|end date|service end|service end date|expires|expires on|expires at|expiry|expiry date|expiration date|period end|"
        "current period end|term end|term end date|contract end|contract end date|subscription end|subscription end date|membership expires|plan end date|renewal date|covered until",
        "discount": "优惠|优惠金额|折扣|折扣金额|折扣额|优惠合计|店铺优惠|让利金额|减免金额|discount|discount amount|total discount|discounts|cart discount amount|promotion amount|retail disc",
    },
    "tickets": {
        "order_id": _ORDER_NUMBERS,
        "ticket_id": "投诉单号|投诉编号|投诉ID|客诉编号|客诉单号|客诉号|客诉ID|工单号|工单编号|工单ID|反馈编号|登记编号|事件编号|问题编号|售后编号|售后单编号|退款编号|服务单号|售后单号|受理编号|报修单号|case id|case number|case no|ticket id|ticket|ticket number|ticket no|incident id|incident number|"
        "request id|complaint id|conversation id|case ref|case reference|complaint ref|complaint reference|complaint no|complaint number",
        "opened_at": "创建时间|登记时间|登记日期|录入时间|上报时间|接诉时间|接单时间|投诉日期|客诉时间|客诉日期|申请时间|提交时间|受理时间|投诉时间|反馈时间|报修时间|进线时间|来电时间|发起时间|建单时间|opened at|opened|open date|created at|created|create date|created date|date opened|"
        "date time opened|reported at|submitted at|received at|requested at|start time|date raised|raised on|raised at|date logged|date of complaint|complaint date|date received",
        "first_response_at": "首次响应时间|首次回复时间|首响时间|响应时间|首次处理时间|第一次回复时间|first response at|first response time|first reply|first reply time|first reply at|first replied at|first responded at|"
        "responded at|time of first response|first agent reply",
        "closed_at": "关闭时间|完结时间|办结时间|解决时间|处理完成时间|结案时间|完成时间|结单时间|完工时间|维修完成时间|修复时间|服务完成时间|closed at|closed|close date|closed date|date time closed|resolved at|resolved|solved|resolution date|solved at|"
        "completed at|date closed|resolution time|date resolved|resolved on|closed on",
        "first_response_in": "首次响应时长|首响时长|响应时长|首次回复时长|首次响应耗时|首次响应用时|响应耗时|响应用时|首次响应分钟数|首次响应时间|首响时间|响应时间|首次回复时间|first response minutes|first response hours|"
        "first response seconds|first response duration|time to first response|time to first reply|first response in|minutes to first response|first reply minutes|response minutes|first response time|first reply time|response time",
        "closed_in": "处理时长|解决时长|办结时长|关闭时长|完结时长|结案时长|处理耗时|解决耗时|处理用时|解决用时|工单时长|处理总时长|办理时长|维修时长|解决小时数|处理小时数|处理天数|办理天数|解决天数|解决时间|处理时间|resolution hours|resolution minutes|resolution days|"
        "resolution duration|time to resolution|time to resolve|time to close|closed in|hours to close|hours to resolve|days to close|days to resolve|full resolution time|resolution time|handling duration|turnaround time|case duration|age at close",
        "kind": "工单类型|问题类型|类型|投诉类型|服务类型|业务类型|受理类型|是否投诉|是否客诉|type|ticket type|case type|kind|request type|issue type",
        "reason": "原因|投诉原因|报修类型|故障类型|故障原因|故障分类|问题分类|问题原因|原因分类|售后原因|问题类别|一级分类|投诉类别|投诉类型|问题类型|reason|case reason|issue|category|complaint reason|root cause|topic|subcategory|nature of complaint|type of complaint|complaint type|complaint category",
        "team": "处理团队|团队|处理班组|班组|处理组|处理小组|客服组|技能组|服务组|队列|工单队列|受理组|责任团队|责任班组|处理部门|受理部门|责任部门|服务区域|服务大区|服务片区|片区|team|team name|queue|queue name|group|group name|assignee group|"
        "assigned group|assigned team|assignment group|support group|support team|service team|skill group|service region|service area|handling team",
        "csat": "满意度|满意度评分|评分|客户评分|服务评分|满意度评价|评价|csat|satisfaction|satisfaction score|satisfaction rating|rating|csat score|customer rating",
        "description": "描述|问题描述|内容|投诉内容|工单内容|反馈内容|详情|备注|诉求|description|subject|details|message|body|ticket description|summary|comments|notes",
    },
    "interactions": {
        "interaction_id": "记录编号|跟进编号|跟进ID|记录ID|互动编号|拜访编号|回访编号|通话ID|提醒编号|短信编号|消息编号|interaction id|activity id|engagement id|call id|task id|event id|visit id|touchpoint id|log id|reminder id|message id|sms id|recall id",
        "happened_at": "跟进时间|提醒时间|提醒日期|发送时间|发送日期|外呼时间|互动时间|沟通时间|联系时间|拜访时间|拜访日期|回访时间|回访日期|通话时间|触达时间|跟进日期|记录时间|发生时间|联系日期|happened at|activity date|interaction date|"
        "call date|call time|contact date|date of contact|visit date|engagement date|logged at|occurred at|touch date|due date|activity timestamp|call start time|date sent|sent date|sent at|sent on|send date|send time|reminder date|recall date|message date|date contacted|date time|call date time|date and time",
        "direction": "方向|呼叫方向|通话类型|呼叫类型|联系方向|呼入呼出|来去电|direction|call direction|call type|inbound outbound|in out",
        "strategy": "策略|策略编号|跟进策略|计划编号|执行策略|所属计划|strategy|strategy id|playbook|sequence|plan|cadence",
        "outcome": "结果|跟进结果|拜访结果|走访结果|沟通结果|回访结果|触达结果|通话结果|接通状态|反馈结果|联系结果|是否成交|成交结果|是否成单|是否接通|客户反馈|回复|回复情况|outcome|result|call outcome|call result|disposition|response status|contact result|call disposition|response|patient response|reply|reminder status",
        "need": "需求|客户需求|需求变化|需求标签|意向|意向产品|need|needs|customer need|interest|requirement|product interest",
        "note": "备注|跟进内容|沟通内容|拜访内容|记录|跟进记录|纪要|小结|沟通记录|note|notes|comments|call notes|remarks|body|summary|description|full comments",
    },
    "surveys": {
        "order_id": _ORDER_NUMBERS,
        "survey_id": "问卷编号|答卷编号|答卷ID|问卷ID|答题序号|response id|survey id|respondent id|submission id|feedback id|answer id",
        "answered_on": "答题时间|submit date|答卷时间|提交时间|提交答卷时间|填写时间|填写日期|填答时间|调研日期|调查日期|回收时间|评价时间|answered on|response date|responded at|submitted at|submission date|completed|end date|"
        "survey date|date submitted|recorded date|date of response|timestamp|date completed",
        "nps": "NPS|NPS评分|推荐意愿|推荐分|推荐度|净推荐值|推荐可能性|您有多大可能推荐|是否愿意推荐|推荐给朋友的可能性|nps|nps score|likelihood to recommend|recommend|recommendation|"
        "how likely are you to recommend us|ltr|recommend score|net promoter score",
        "csat": "满意度|总体满意度|整体满意度|满意度评分|满意程度|您的满意程度|csat|satisfaction|overall satisfaction|satisfaction score|how satisfied are you|satisfied|rating|csat score|overall stay|overall visit|overall experience",
        "comment": "意见|建议|意见建议|意见与建议|评价内容|反馈|反馈意见|其他建议|文字评价|留言|comment|comments|feedback|verbatim|open text|remarks|suggestions|free text|additional comments|why did you give this score|main reason for your score|what's the main reason for your score|anything to add|anything else|any other comments",
    },
    "campaigns": {
        "campaign_id": "活动编号|活动ID|活动代码|计划编号|营销活动编号|campaign id|campaign code|campaign|promotion id|campaign no|campaign key",
        "name": "活动名称|活动主题|活动|计划名称|营销活动名称|campaign name|name|campaign title|promotion name|description",
        "strategy": "策略|策略编号|所属策略|strategy|strategy id|objective|program",
        "starts_on": "开始日期|开始时间|活动开始时间|活动开始日期|上线日期|生效日期|starts on|start date|start|launch date|begin date|campaign start|campaign start date|send date",
        "ends_on": "结束日期|结束时间|活动结束时间|活动结束日期|下线日期|失效日期|ends on|end date|end|finish date|campaign end|campaign end date",
        "cost": "费用|成本|预算|活动费用|活动成本|投入|营销费用|投放费用|实际费用|cost|spend|budget|budgeted cost|actual cost|amount spent|campaign cost",
        "currency": "币种|币别|currency|currency code",
    },
    "campaign_members": {
        "campaign_id": "活动编号|活动ID|活动代码|计划编号|营销活动编号|活动名称|营销活动名称|活动主题|campaign id|campaign code|campaign|promotion id|campaign name",
        "arm": "组别|分组|实验分组|实验组对照组|测试分组|ab分组|分组标识|人群分组|arm|group|test group|variant|treatment|cohort|test control|experiment group|ab group",
        "sent_on": "发送日期|发送时间|推送时间|推送日期|触达日期|触达时间|投放日期|下发时间|发券时间|sent on|send date|sent at|send time|sent|delivered at|delivery date|date sent|first sent",
        "responded_on": "响应日期|响应时间|回应日期|核销时间|核销日期|使用时间|兑换日期|转化时间|点击时间|首次响应时间|responded on|response date|responded|first responded date|redeemed on|redeemed at|clicked at|"
        "converted at|conversion date|click date|redemption date|first response",
    },
    "loyalty": {
        "entry_id": "流水号|积分流水号|流水编号|流水ID|记录编号|记录ID|明细编号|entry id|transaction id|ledger id|points id|record id|transaction no|activity id",
        "occurred_on": "发生日期|发生时间|变动时间|变动日期|积分时间|积分日期|变更时间|操作时间|日期|交易时间|入账时间|occurred on|date|transaction date|activity date|points date|created at|earned at|posted at|entry date",
        "kind": "类型|变动类型|积分类型|变更类型|收支类型|操作类型|业务类型|kind|type|transaction type|points type|activity type|entry type|action",
        "points": "积分|变动积分|积分值|积分变动|积分数|变更积分|获得积分|积分数量|变动值|points|points change|points earned|point amount|loyalty points|points delta|points awarded|point change",
    },
    "visits": {
        "visit_id": "到店编号|到访编号|签到编号|签到记录号|预约编号|预约号|预约单号|挂号单号|就诊编号|就诊号|visit id|visit no|visit number|appointment id|appointment no|appointment number|appt id|"
        "booking id|booking reference|check in id|checkin id|attendance id|encounter id|session id",
        "visited_at": "到店时间|到店日期|到访时间|到访日期|签到时间|签到日期|入场时间|入场日期|进店时间|进场时间|刷卡时间|打卡时间|入馆时间|就诊时间|就诊日期|到诊时间|到诊日期|预约到店时间|预约就诊时间|预约时间|预约日期|上课时间|上课日期|服务时间|服务日期|"
        "visited at|visit date|visit time|date of visit|visit datetime|check in|check in date|check in time|checkin|checkin time|checkin date|checked in at|sign in time|sign in date|entry time|swipe time|"
        "arrival time|arrived at|appointment date|appointment time|appointment datetime|appt date|appt time|appointment start|appointment start time|booking date|booking time|booked for|class date|session date|"
        "attendance date|attended on|attended at|scheduled for|date of service|service date|login time|logged in at",
        "kind": "预约类型|预约项目|到店类型|就诊类型|签到类型|服务项目|服务类型|项目|项目名称|课程|课程名称|科目|appointment type|appt type|visit type|visit reason|reason for visit|booking type|service|service name|service type|"
        "class|class name|class type|session type|treatment|procedure|activity|type|kind|类型",
        "owner": "教练|私教|授课教练|上课教练|服务教练|老师|授课老师|任课老师|医生|接诊人|接待人|接待人员|服务人员|技师|美容师|发型师|理发师|治疗师|trainer|coach|instructor|teacher|tutor|stylist|barber|beautician|therapist|"
        "served by|seen by|resource",
        "status": "预约状态|预约结果|到店结果|到店状态|到诊状态|就诊状态|签到状态|出席状态|出勤状态|到课状态|到课情况|到店情况|到诊情况|履约状态|appointment status|appt status|visit status|booking status|attendance status|attendance|"
        "check in status|show status|status|outcome|状态",
    },
}

# Names that may be of anything: they are the number of what the table holds.
# Of the two names in a list of contacts: the account's, and the person's.
ACCOUNTS = frozenset(
    {"客户名称", "所属客户", "客户全称", "公司名称", "企业名称", "单位名称", "accountname", "company", "companyname"}
)
PEOPLE = frozenset({"姓名", "联系人", "联系人姓名", "联系人名称", "name", "fullname", "contactname"})
GENERIC_IDS = frozenset({"id", "编号", "编码", "recordid", "number", "号码", "记录id", "uuid", "guid", "key"})

# Headers of who may not be contacted: may_contact the other way round.
REFUSALS = (
    "拒绝营销|拒绝推送|拒绝短信|拒收短信|拒收营销|拒收|不接受营销|不接收营销|不接收短信|不同意营销|不允许联系|免打扰|请勿打扰|勿扰|退订|已退订|短信退订|营销退订|"
    "do not contact|do not call|do not email|do not text|do not market|dnc|opt out|opted out|email opt out|sms opt out|has opted out of email|"
    "marketing opt out|unsubscribed|unsubscribe|no marketing"
)
_REFUSES = ("拒", "不接受", "不接收", "不同意", "不允许", "打扰", "勿扰", "退订")

# Words of a file's or sheet's name that tell its table.
TABLES: dict[str, str] = {
    "customers": "会员|客户|顾客|用户|学员|联系人|member|customer|contact|client|account|people|user",
    "order_lines": "订单|销售|交易|消费|流水|小票|出库|order|sale|transaction|invoice|receipt|deal|opportunit|purchase",
    "tickets": "工单|投诉|客诉|售后|服务记录|报修|ticket|case|complaint|incident|support",
    "interactions": "跟进|互动|拜访|回访|沟通|通话|外呼|提醒|interaction|activit|visit|call|touch|follow|reminder|recall",
    "surveys": "问卷|调研|调查|满意度|答卷|nps|survey|feedback|response|questionnaire",
    "campaigns": "活动列表|营销活动|活动计划|campaign|promotion",
    "campaign_members": "活动名单|发送名单|触达名单|活动人群|campaign member|campaignmember|recipients|send list",
    "loyalty": "积分|points|loyalty|rewards",
    "visits": "到店|到访|签到|入场|打卡|预约|挂号|就诊|到诊|上课|考勤|visit|appointment|appt|booking|check in|checkin|sign in|attendance|swipe",
}

_SATISFIED = {
    "5": "非常满意|很满意|十分满意|very satisfied|extremely satisfied|completely satisfied",
    "4": "满意|比较满意|较满意|satisfied|somewhat satisfied|fairly satisfied",
    "3": "一般|基本满意|中立|尚可|neutral|neither satisfied nor dissatisfied",
    "2": "不满意|不太满意|较不满意|比较不满意|dissatisfied|unsatisfied|somewhat dissatisfied|fairly dissatisfied",
    "1": "非常不满意|很不满意|十分不满意|very dissatisfied|very unsatisfied|extremely dissatisfied",
}
# Client's words that the readers do not know by themselves: '' is for what says nothing.
VALUES: dict[tuple[str, str], dict[str, str]] = {
    ("order_lines", "kind"): {
        "sale": "新办|新签|新购|办卡|续费|续卡|续签|续课|升级|升卡|转卡|补差|充值|已完成|完成|卖家已发货,等待买家确认|买家已付款,等待卖家发货|卖家部分发货|买家已签收|已发货,待签收|已发货待签收|等待出库|等待确认收货|等待收货|备货中|部分发货|待使用|已使用|交易已完成|无售后|无售后或售后取消|没有申请退款|未申请退款|交易成功|交易完成|已付款|已支付|已发货|待发货|待收货|已收货|已签收|已成交|销售出库|普通订单|零售|已核销|订单完成|已结算|已结清|结算完成|已交车|正常|completed|complete|paid|fulfilled|shipped|delivered|processing|"
        "closed won|won|invoiced|authorized|success|charge|charges|procedure|production|posted|checked out|checked in|in house|inhouse|reserved|arrived|departed|due in|due out|stayed|confirmed reservation|已入住|在住|已离店|已退房|预订成功",
        "refund": "退卡|退课|退费|退会|退货单|销售退货|退货入库|红字|红冲|冲红|已红冲|已冲红|冲销|credit note|credit memo|return|reversal|write off|writeoff|adjustment|credit adjustment|credit|rebate",
    },
    ("tickets", "kind"): {
        "complaint": "产品投诉|服务投诉|质量投诉|客户投诉|problem|incident|bug|grievance",
        "inquiry": "售前咨询|产品咨询|业务咨询|general question|query|information",
        "request": "退换货|售后服务|维修|task|service request|feature request|change",
    },
    ("customers", "gender"): {"": "0|保密|不限|none|n/a|not specified|prefer not to say", "male": "1|先生|boy", "female": "2|girl|mrs|ms"},
    ("interactions", "direction"): {"out": "外拨|拨出|outgoing", "in": "接入|拨入|incoming"},
    ("interactions", "outcome"): {
        "no_answer": "未见到人|未见到客户|未遇|客户不在|无人接|忙线|关机|停机|未接听|busy|voicemail|no show|left voicemail|not reached|no answer|no response|no reply",
        "reached": "未成交|未成单|已接通|confirmed|已联系|已沟通|正常通话|已拜访|connected|completed|contacted",
        "responded": "已报价|有需求|有意向|感兴趣|interested|answered|opened",
        "converted": "已成单|成单|已预约|scheduled|appointment made|已下单|已购买|已签约|won|purchased|booked",
        "refused": "无需求|暂无需求|opted out|opt out|stop|无意向|不感兴趣|拒接|not interested|rejected",
    },
    ("campaign_members", "arm"): {"treatment": "A|a组|实验|发券组|发送组|触达组|活动组|参与组|exposed|variant|mailed|emailed|sent|contacted|targeted|treated", "holdout": "B|b组|对照|空白|不发送|baseline|none"},
    ("surveys", "csat"): _SATISFIED,
    ("tickets", "csat"): _SATISFIED,
    ("loyalty", "kind"): {
        "earn": "收入|新增|奖励|签到|消费赠送|消费获得|credit|accrual|bonus|add|award",
        "redeem": "支出|扣减|积分兑换|积分抵现|消费抵扣|debit|redemption|spend|burn",
        "expire": "清零|积分过期|expiry|expiration|lapse",
    },
    ("visits", "status"): {
        "kept": "已到场|已入场|已进店|已到课|正常|迟到|早退|fulfilled|checked in|checked out|attended late|late|in room|finished|done|complete",
        "missed": "未到场|未到课|未赴约|违约|超时未到|过号|no show|did not attend|did not show|did not arrive|not attended|failed to attend|fta|failed|missed appointment|broken appointment",
        "cancelled": "客户取消|门店取消|患者取消|会员取消|医生取消|改约|已改约|改期|已改期|请假|cancelled by client|cancelled by patient|cancelled by customer|cancelled by clinic|late cancel|late cancelled|late cancellation|"
        "early cancel|rescheduled|withdrawn|excused",
    },
}  # fmt: skip
# Orders that came to nothing are no data: values of a status column that say so.
NO_ORDER = (
    "待付款|待支付|等待买家付款|等待付款|待买家付款|付款超时|已取消|已关闭|交易关闭|订单关闭|已作废|作废|废单|已撤单|已撤销|草稿|cancelled|canceled|voided|void|failed|"
    "expired|draft|closed lost|lost|on hold|abandoned|pending|pending payment|checkout draft|no show|noshow|未入住"
)
# Money that a customer pays in ahead: what is bought from it is the sale, where both stand in one file.
PREPAID = (
    "充值|储值|会员充值|会员储值|储值充值|充值单|储值单|卡充值|会员卡充值|储值卡充值|余额充值|账户充值|续充|top up|topup|card top up|account top up|wallet top up|"
    "balance top up|card reload|stored value top up"
)
# Words of a page's name or numbers by which it is no list of sales: money paid in ahead, uses of a pack that was sold.
AHEAD = {"topups": ("充值", "topup", "reload"), "uses": ("核销", "消课", "耗卡", "划卡", "redemption")}
# What is only agreed on is no visit yet.
NOT_YET = "已预约|待到店|待到诊|待就诊|待签到|待确认|已确认|待服务|预约成功|候补|排队中|未开始|booked|scheduled|confirmed|unconfirmed|pending|requested|upcoming|waitlist|waitlisted|waiting list|tentative|planned|open"
# Not paid: a receivable or an order that was left. Only the client knows.
UNPAID = "未付款|未支付|未收款|未付|待收款|欠款|逾期|unpaid|not paid|outstanding|overdue|past due"
# An order whose last status says so was a sale once and was given back: where the export has each order once, no row of it
# was received. A document of a return (退货单, credit note) has a row of its own and is a refund.
GIVEN_BACK = (
    "已退款|退款成功|退款完成|退货退款|退货退款成功|仅退款成功|全额退款|全部退款|已全额退款|退款关闭交易|售后完成|售后成功|已退货|已退货退款|未发货,退款成功|已发货,退款成功|已收货,退款成功|已取消,退款成功|"
    "refunded|fully refunded|full refund|refund completed|refund succeeded|returned|charged back|chargeback|refunded in full"
)
# Headers of what became of an order after it was sold, beside its own status; of the sum that was given back.
AFTER_SALES = (
    "退款状态|售后状态|订单退款状态|退货状态|退换状态|refund status|return status|after sales status|aftersales status"
)
BACK_AMOUNT = "退款金额|已退款金额|退款总额|买家退款金额|售后退款金额|实退金额|refund amount|refunded amount|amount refunded|total refunded|return amount"
BIRTH = ("birth", "geburt", "dob", "born", "bday", "生日", "出生", "生辰")
# Whose birthday it is where it is not the customer's; and who is not the customer where a name is asked for.
DEPENDANTS = (
    "宝宝",
    "孩子",
    "小孩",
    "儿童",
    "子女",
    "婴儿",
    "幼儿",
    "宠物",
    "爱宠",
    "配偶",
    "伴侣",
    "爱人",
    "child",
    "children",
    "baby",
    "kid",
    "son",
    "daughter",
    "pet",
    "spouse",
)
# Words of sums that are no sale: what was paid for sending it; who bears which part of it; its price a piece.
NOT_THE_SUM = (
    "邮费",
    "运费",
    "配送费",
    "手续费",
    "佣金",
    "单价",
    "退款",
    "赠送",
    "赠送金额",
    "框架金额",  # what was agreed or hoped for
    "预计成交金额",
    "预计销售金额",
    "授信额度",
    "shipping",
    "delivery",
    "freight",
    "handling",
    "postage",
    "portion",
    "copay",
    "refund",
    "commission",
)
PAYERS = ("insurance", "insurer", "ins", "patient", "pat", "carrier", "统筹", "医保", "保险", "自付", "个人")
PORTION = (
    "portion",
    "part",
    "share",
    "pay",
    "pays",
    "paid",
    "copay",
    "due",
    "estimate",
    "支付",
    "自付",
    "部分",
    "承担",
)
# Words of any column of a status that say that a document was taken back before anything was sold.
VOID = "作废|已作废|废单|已取消|取消|已撤销|已撤单|void|voided|cancelled|canceled"
STATUS = ("状态", "status", "state")
# What is sorted by such a header are the customers, suppliers or documents, not the goods.
NO_GOODS = ("客户", "会员", "顾客", "买家", "用户", "供应商", "单据", "订单")
# Headers that ask whether a ticket is a complaint: yes or no.
COMPLAINT_FLAGS = frozenset({"是否投诉", "是否客诉", "iscomplaint", "complaintflag"})
# Words of a file's name that all its tickets are complaints by, unless it names others besides.
COMPLAINTS = ("客诉", "投诉", "complaint", "reklamation", "beschwerde")
OTHER_TICKETS = (
    "咨询",
    "建议",
    "表扬",
    "工单",
    "报修",
    "售后",
    "服务",
    "inquir",
    "question",
    "request",
    "ticket",
    "service",
    "anfrage",
)
# How a contact was added in WeCom and WeChat: what its 来源 says, which is no channel of joining.
WAYS_ADDED = (
    "扫一扫|扫描二维码|二维码|扫码添加|渠道活码|活码|搜索|搜索手机号|手机号搜索|搜索微信号|名片|名片分享|群聊|微信群|手机通讯录|通讯录|微信联系人|"
    "微信好友申请|来自微信的添加好友申请|第三方应用|搜索邮箱|邮箱搜索|视频号|视频号添加|日程参与人|会议参与人|添加微信好友对应的企业微信|智慧硬件专属客服|内部成员共享|"
    "管理员分配|负责人分配|管理员/负责人分配"
)
# What a piece costs where a column says how many.
PRICES = frozenset({"售价"})
# Numbers of what a customer may have many of: a list of these is none of customers.
NUMBERS_OF_OTHERS = frozenset({"商机编号", "商机id", "销售机会编号", "报价单号", "合同编号"})
# Files of a day agreed on that is neither a sale nor a contact.
APPOINTMENTS = ("appointment", "appt", "booking", "预约", "挂号", "就诊记录")
# People whose number is none of the ticket, contact or order that names them.
ROLES = frozenset({"requester", "submitter", "assignee", "agent", "customer", "client", "contact", "member", "user"})
# Words that the question of the NPS has, whatever stands between: How likely are you to recommend Acme to a friend?
ASKS_TO_RECOMMEND = (
    ("likely", "recommend"),
    ("推荐", "可能"),
    ("würden", "weiterempfehlen"),
    ("wahrscheinlich", "empfehlen"),
)
# Words of headers that name something else than a customer.
NAMES_OF_OTHERS = frozenset(
    [
        "campaign",
        "promotion",
        "product",
        "item",
        "course",
        "subject",
        "file",
        "sheet",
        "event",
        "activity",
        "list",
        "segment",
        "plan",
        "tutor",
        "teacher",
        "staff",
        "agent",
        "store",
        "shop",
        "branch",
        "centre",
        "center",
        "owner",
        "channel",
        "source",
        "category",
        "brand",
        "project",
        "department",
        "team",
        "group",
        "term",
    ]
)

# Short forms of words in headers, and words that say nothing of a column.
_SHORT = {
    "no": "number", "num": "number", "nbr": "number", "nr": "number", "dt": "date", "amt": "amount", "qty": "quantity",
    "cust": "customer", "prod": "product", "nm": "name", "mob": "mobile", "ord": "order", "tel": "telephone",
    "desc": "description", "cat": "category", "txn": "transaction", "trx": "transaction", "trans": "transaction",
    "inv": "invoice", "acct": "account", "ref": "reference", "mbr": "member", "mem": "member", "disc": "discount",
    "ts": "time", "cd": "code", "addr": "address", "ph": "phone",
}  # fmt: skip
_SILENT = frozenset(
    {
        "a",
        "an",
        "the",
        "of",
        "to",
        "us",
        "our",
        "your",
        "you",
        "my",
        "me",
        "with",
        "for",
        "on",
        "in",
        "at",
        "by",
        "is",
        "are",
        "was",
        "were",
        "do",
        "did",
        "how",
        "what",
        "when",
        "which",
        "please",
        "stamp",
        "timestamp",
        "utc",
        "gmt",
        "local",
        "field",
        "value",
    }
)

_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_Key = TypeVar("_Key")


def _and_german(ours: Mapping[_Key, str], german: Mapping[_Key, str]) -> dict[_Key, str]:
    """Ours first, which are so the better names; German ones with their umlauts and without."""
    lines = {key: (ours.get(key, ""), line, line.translate(_ASCII)) for key, line in german.items()}
    joined = {key: [name for line in three if line for name in line.split("|")] for key, three in lines.items()}
    return dict(ours) | {key: "|".join(dict.fromkeys(names)) for key, names in joined.items()}


HEADERS = {of: _and_german(own, german.HEADERS.get(of, {})) for of, own in HEADERS.items()}
VALUES = VALUES | {of: _and_german(VALUES.get(of, {}), own) for of, own in german.VALUES.items()}
TABLES = _and_german(TABLES, german.TABLES)

_BRACKETS = re.compile(r"[(\[{（【<][^)\]}）】>]*[)\]}）】>]")
_MARKS = re.compile(r"[^\w]+|_+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HAN = re.compile(r"[\u3400-\u9fff]")


@cache
def header_words(header: str) -> tuple[str, ...]:
    """Words of a header in one case: 'Billing: PhoneNo (home)' -> billing, phone, number. Chinese stays one word."""
    plain = _BRACKETS.sub(" ", match_form(header)) or match_form(header)
    words = [_SHORT.get(word, word) for word in _MARKS.sub(" ", _CAMEL.sub(" ", plain)).casefold().split()]
    return tuple(word for word in words if word not in _SILENT) or tuple(words)


@cache
def header_form(header: str) -> str:
    return "".join(header_words(header))


def is_chinese(text: str) -> bool:
    return _HAN.search(text) is not None


@cache
def names_of(table: str, column: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(form, words) of every name of a column; its own name is one of them."""
    lines = [HEADERS.get(table, {}).get(column, "")]
    if table != "campaigns" or column != "name":
        lines.append(HEADERS["*"].get(column, ""))
    lines.append(
        HEADERS.get(table, {}).get({"ordered_on": "ordered_at", "ordered_at": "ordered_on"}.get(column, ""), "")
    )
    if (table, column) == ("customers", "may_contact"):
        lines.append(REFUSALS)
    names = dict.fromkeys([column, *(name for line in lines for name in line.split("|") if name)])
    return tuple((header_form(name), header_words(name)) for name in names)


@cache
def _all_forms() -> frozenset[str]:
    return frozenset(
        header_form(name) for table in HEADERS.values() for line in table.values() for name in line.split("|")
    )


def is_known(header: str) -> bool:
    """Whether a column of any table is called so."""
    return header_form(header) in _all_forms()


@cache
def known_values(table: str, column: str) -> dict[str, str]:
    """Folded word of a client -> our value, beyond those that `words` reads."""
    found = VALUES.get((table, column), {})
    return {header_form(word): ours for ours, line in found.items() for word in line.split("|")}


def is_refusal(header: str) -> bool:
    """Whether yes under a header of consent means that the customer may not be contacted."""
    form, words = header_form(header), set(header_words(header))
    known = any(words >= set(header_words(name)) for name in REFUSALS.split("|") if not is_chinese(header_form(name)))
    return known or any(one in form for one in _REFUSES)


@cache
def unpaid() -> frozenset[str]:
    return frozenset(map(header_form, UNPAID.split("|")))


@cache
def void() -> frozenset[str]:
    return frozenset(map(header_form, VOID.split("|")))


def is_status(header: str) -> bool:
    return header_form(header).endswith(STATUS)


@cache
def no_orders() -> frozenset[str]:
    return frozenset(map(header_form, NO_ORDER.split("|")))


def all_complaints(said: str) -> bool:
    """Whether a file called so holds complaints only."""
    form = header_form(said)
    return any(one in form for one in COMPLAINTS) and not any(one in form for one in OTHER_TICKETS)


@cache
def ways_added() -> frozenset[str]:
    return frozenset(map(header_form, WAYS_ADDED.split("|")))


def is_complaint_flag(table: str, column: str, header: str) -> bool:
    return (table, column) == ("tickets", "kind") and header_form(header) in COMPLAINT_FLAGS


@cache
def prepaid() -> frozenset[str]:
    return frozenset(map(header_form, PREPAID.split("|")))


@cache
def not_yet() -> frozenset[str]:
    return frozenset(map(header_form, NOT_YET.split("|")))


def is_another_sum(header: str) -> bool:
    """Whether a header is of money that is no sale by itself: postage, one payer's part, what was given back."""
    form, words = header_form(header), set(header_words(header))
    return any(form.endswith(one) if is_chinese(one) else one in words for one in NOT_THE_SUM)


def is_portion(header: str) -> bool:
    """Whether a header is of what one of several payers bears."""
    form, words = header_form(header), set(header_words(header))

    def says(known: tuple[str, ...]) -> bool:
        return any(one in form if is_chinese(one) else one in words for one in known)

    return says(PAYERS) and says(PORTION)


@cache
def given_back() -> frozenset[str]:
    return frozenset(map(header_form, GIVEN_BACK.split("|")))


@cache
def after_sales() -> frozenset[str]:
    return frozenset(map(header_form, AFTER_SALES.split("|")))


@cache
def back_amounts() -> frozenset[str]:
    return frozenset(map(header_form, BACK_AMOUNT.split("|")))


def is_dependants(header: str) -> bool:
    """Whether a header speaks of a customer's child, pet or spouse."""
    form, words = header_form(header), set(header_words(header))
    return any(one in form if is_chinese(one) else one in words for one in DEPENDANTS)
